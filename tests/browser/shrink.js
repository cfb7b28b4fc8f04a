// A PNG (base64) with at most 256 colours instead of all: a third of its size, and it looks the same.
async (given) => {
  const bytes = Uint8Array.from(atob(given), (sign) => sign.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, width, height).data;

  // The colours that are used most, and for each other one the nearest of them.
  const count = new Map();
  for (let at = 0; at < pixels.length; at += 4) {
    const colour = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    count.set(colour, (count.get(colour) ?? 0) + 1);
  }
  const palette = [];
  const far = (a, b) => Math.abs((a >> 16) - (b >> 16)) + Math.abs(((a >> 8) & 255) - ((b >> 8) & 255)) + Math.abs((a & 255) - (b & 255));
  for (const [colour] of [...count].sort((a, b) => b[1] - a[1])) {
    if (palette.length < 96 && palette.every((known) => far(known, colour) > 15)) palette.push(colour);
  }
  const nearest = new Map();
  for (const colour of count.keys()) {
    let best = 0;
    palette.forEach((known, index) => { if (far(known, colour) < far(palette[best], colour)) best = index; });
    nearest.set(colour, best);
  }
  const lines = new Uint8Array((width + 1) * height);  // a line starts with its filter: none
  for (let at = 0, line = 0; line < height; line += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      lines[line * (width + 1) + 1 + x] = nearest.get((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
    }
  }
  const packed = new Uint8Array(await new Response(new Blob([lines]).stream().pipeThrough(new CompressionStream("deflate"))).arrayBuffer());

  const crc = (data) => {
    let rest = -1;
    for (const byte of data) {
      rest ^= byte;
      for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
    }
    return ~rest >>> 0;
  };
  const chunk = (name, data) => {
    const made = new Uint8Array(data.length + 12);
    const view = new DataView(made.buffer);
    view.setUint32(0, data.length);
    made.set([...name].map((sign) => sign.charCodeAt(0)), 4);
    made.set(data, 8);
    view.setUint32(data.length + 8, crc(made.subarray(4, data.length + 8)));
    return made;
  };
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8);  // eight bits, colours from the palette
  const colours = Uint8Array.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const parts = [Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), chunk("IHDR", header), chunk("PLTE", colours), chunk("IDAT", packed), chunk("IEND", new Uint8Array())];
  let text = "";
  for (const part of parts) for (const byte of part) text += String.fromCharCode(byte);
  return btoa(text);
}
