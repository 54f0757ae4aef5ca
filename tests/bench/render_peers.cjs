// Renders invoices with one npm library for SECONDS and prints the measurements as JSON.
// render.py runs it as `node render_peers.cjs LIBRARY TEMPLATE ROWS SECONDS OUT FIRST`,
// with NODE_PATH set to the folder of the libraries.
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

const secondsOf = (used) => (used.user + used.system) / 1e6;

async function main() {
  const render = ways[library]();
  const before = process.cpuUsage();
  const first = await render(rows[0]);
  for (let n = 1; n < Number(documents); n++) await render(rows[n % rows.length]);
  const early = secondsOf(process.cpuUsage(before)) / Number(documents);
  fs.writeFileSync(out, first);
  const isBefore = (end) => process.hrtime.bigint() < end;
  const after = (length) => process.hrtime.bigint() + BigInt(Math.round(length * 1e9));
  for (let end = after(1), n = 0; isBefore(end); n++) await render(rows[n % rows.length]); // warm up the compiler
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  let count = 0;
  for (let end = after(Number(seconds)); isBefore(end); count++) await render(rows[count % rows.length]);
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const used = secondsOf(process.cpuUsage(cpu));
  console.log(JSON.stringify({ count, wall, cpu: used, early, size: first.length }));
  process.exit(0);
}

main();
