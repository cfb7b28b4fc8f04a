"""Why a database cannot be used, or a unit of work was given up.

StorageError
├── DatabaseRefused             at start: the service ends with code 2 and this text
│   ├── UnsuitableFile          not a file SQLite can be trusted with (network file system, memory)
│   ├── DatabaseInUse           another process holds the SQLite file
│   ├── DatabaseMissing         there is nothing, and nobody asked to create it
│   ├── ForeignDatabase         it belongs to another installation, or to something else altogether
│   └── SchemaMismatch          its tables are older or newer than this program
├── WorkTooLong                 the unit of work passed its deadline
├── TransactionGone             the database ended the transaction on its own (SQLite: an interrupted write)
└── DatabaseClosed              closing, or its writer died: nothing was stored
"""


class StorageError(Exception):
    """Something about the database, in one line."""


class DatabaseRefused(StorageError):
    """The service must not start on this database."""


class UnsuitableFile(DatabaseRefused):
    """SQLite would lose or corrupt what is written there."""


class DatabaseInUse(DatabaseRefused):
    """Another process has the file; SQLite serves one."""


class DatabaseMissing(DatabaseRefused):
    """No database, or an empty one; only ``migrate --create`` and ``demo`` create."""


class ForeignDatabase(DatabaseRefused):
    """Not the database this installation is configured for."""


class SchemaMismatch(DatabaseRefused):
    """The tables are not at this program's version."""


class WorkTooLong(StorageError):
    """The deadline passed; what was done is rolled back to the savepoint."""


class TransactionGone(StorageError):
    """The whole transaction is gone; nothing more may be written on this connection."""


class DatabaseClosed(StorageError):
    """The unit of work was not run, or its commit did not happen."""
