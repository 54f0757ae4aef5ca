// Renders invoices with one npm library until the time is over; prints what it took as JSON.
// Usage: node render_peers.cjs LIBRARY TEMPLATE ROWS SECONDS OUT FIRST  (modules by NODE_PATH)
"use strict";
const fs = require("node:fs");

const [, , library, templatePath, rowsPath, seconds, out, documents] = process.argv;
const template = fs.readFileSync(templatePath);
const rows = JSON.parse(fs.readFileSync(rowsPath, "utf8"));

const ways = {
  docxtemplater() {
    const PizZip = require("pizzip");
    const Docxtemplater = require("docxtemplater");
    const ImageModule = require("docxtemplater-image-module-free");
    return async (row) => {
      const getImage = (value) => Buffer.from(value, "base64");
      const images = new ImageModule({ getImage, getSize: () => [113, 113] });
      const options = { paragraphLoop: true, linebreaks: true, modules: [images] };
      const document = new Docxtemplater(new PizZip(template), options);
      document.render(row);
      return document.getZip().generate({ type: "nodebuffer", compression: "DEFLATE" });
    };
  },
  "easy-template-x"() {
    const { TemplateHandler, MimeType } = require("easy-template-x");
    const handler = new TemplateHandler();
    return (row) => {
      const source = Buffer.from(row.logo, "base64");
      const logo = { _type: "image", source, format: MimeType.Png, width: 113, height: 113 };
      return handler.process(template, { ...row, logo });
    };
  },
  carbone() {
    const carbone = require("carbone");
    return (row) =>
      new Promise((resolve, reject) => {
        carbone.render(templatePath, row, (error, result) => (error ? reject(error) : resolve(result)));
      });
  },
};

const seconds_of = (used) => (used.user + used.system) / 1e6;

async function main() {
  const render = ways[library]();
  const begun = process.cpuUsage();
  const first = await render(rows[0]);
  for (let n = 1; n < Number(documents); n++) await render(rows[n % rows.length]);
  const early = seconds_of(process.cpuUsage(begun)) / Number(documents);
  fs.writeFileSync(out, first);
  const until = (end) => process.hrtime.bigint() < end;
  const after = (length) => process.hrtime.bigint() + BigInt(Math.round(length * 1e9));
  for (let end = after(1), n = 0; until(end); n++) await render(rows[n % rows.length]); // the compiler warms up
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  let count = 0;
  for (let end = after(Number(seconds)); until(end); count++) await render(rows[count % rows.length]);
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const used = seconds_of(process.cpuUsage(cpu));
  console.log(JSON.stringify({ count, wall, cpu: used, early, size: first.length }));
  process.exit(0);
}

main();
