"""What is set up once: 专项, 群, 放假安排, 绑定; and 代报."""

from commands.understanding.readers import issuing as read
from commands.understanding.rule import Intent, Rule

INTENTS = (
    Intent(
        "new_initiative",
        "新建专项",
        (
            Rule(
                "新建专项|建专项|新建一个专项|启动专项|建个专项|新增专项|新专项",
                r"(?:新建|新增|建|启动|开)(?:一?个)?(?:新)?专项[:,]?(?P<title>[^,;。<]+)",
                92,
            ),
        ),
        (),
        ("新建专项垃圾分类，环保局牵头，今天启动",),
        read.new_initiative,
    ),
    Intent(
        "bind_group",
        "群用于专项",
        (
            Rule(
                "本群用于|此群用于|这个群用于|本群用来|这个群用来|这群用于|绑定本群",
                r"(?:本群|此群|这个群|这群)(?:用于|用来|专门用于)(?:办|做|"
                r"推进)?(?P<title>.+?)(?:专项)?(?:工作)?[。!]?$|^绑定本群[:,到]?(?P<cut>)",
                92,
            ),
        ),
        (),
        ("本群用于垃圾分类", "这个群用于智慧交通专项"),
        read.bind_group,
    ),
    Intent(
        "holiday",
        "放假安排",
        (
            Rule(
                "放假|调休|补班",
                r"<W>.{0,4}(?:放假|调休|休息|补班)",
                84,
                needs="W",
                unless="[?吗]|提醒|推送|请假|谁|哪|我",
            ),
        ),
        (),
        ("2027年1月1日到3日放假，1月4日上班（演示数据，以正式通知为准）",),
        read.holiday,
    ),
    Intent(
        "bind",
        "绑定",
        (
            Rule("绑定", r"^绑定[:,]?(?:邀请码|绑定码|码)?[:,]?(?P<code>[A-Za-z0-9]{4,12})[。]?$", 92),
            Rule("", r"^(?:我是)?<P>[。!]?$", 60, needs="P"),
        ),
        (),
        ("绑定 4Q7M2K", "城管局 丁凯"),
        read.bind,
    ),
    Intent(
        "issue_code",
        "发绑定码",
        (
            Rule(
                "绑定码",
                r"^(?:请)?(?:给)?(?:<P>)?(?:发|生成|重发|补发|要)(?:一个|一次性)?(?:的)?绑定码(?:给)?(?:<P>)?[。!]?$",
                93,
                unless="[?吗]",
            ),
        ),
        ("assignee",),
        ("发绑定码 王磊", "给王磊发绑定码"),
    ),
    Intent(
        "check_person",
        "确认本单位人员",
        (
            Rule(
                "是本单位人员",
                r"^不是本单位人员(?P<number>\d{0,9})[。!]?$",
                95,
                slots={"answer": "no"},
            ),
            Rule("是本单位人员", r"^是本单位人员(?P<number>\d{0,9})[。!]?$", 94, slots={"answer": "yes"}),
        ),
        (),
        ("是本单位人员 3", "不是本单位人员"),
    ),
    Intent(
        "number_claim",
        "核实号码",
        (
            Rule("号码归", r"^号码归{c}{1,10}?(?P<number>\d{0,9})[。!]?$", 95, slots={"answer": "give"}),
            Rule(
                "号码都不动|号码不动",
                r"^号码都?不动(?P<number>\d{0,9})[。!]?$",
                95,
                slots={"answer": "leave"},
            ),
        ),
        (),
        ("号码归秦月 3", "号码都不动"),
    ),
    Intent(
        "number_confirm",
        "确认号码",
        (
            Rule("号码属实", r"^号码属实(?P<number>\d{0,9})[。!]?$", 95, slots={"answer": "yes"}),
            Rule(
                "号码不属实|号码不是",
                r"^号码不(?:属实|是)(?P<number>\d{0,9})[。!]?$",
                95,
                slots={"answer": "no"},
            ),
        ),
        (),
        ("号码属实 3", "号码不属实"),
    ),
    Intent(
        "proxy_report",
        "代报",
        (Rule("代报|代填", r"^(?:代报|代填)[:,]?", 92),),
        ("task_id", "dept", "percent", "note"),
        ("代报 城管局 T7 查了12处",),
    ),
)
