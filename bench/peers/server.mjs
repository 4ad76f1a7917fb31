// Serves the files of a folder as a ZIP, made by one of the libraries that users of Node.js would pick. Each is used as its manual shows, with its
// fastest options and with sizes where the library accepts them.
//
//   node server.mjs LIBRARY ROOT PORT        GET /FOLDER?method=store|deflate
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pipeline } from "node:stream";

const [library, root, port] = process.argv.slice(2);
const level = 6;

const writers = {
  async archiver() {
    const { ZipArchive } = await import("archiver");
    return (folder, names, store) => {
      const archive = new ZipArchive(store ? { store: true } : { zlib: { level } });
      for (const name of names) archive.file(join(folder, name), { name });
      archive.finalize();
      return archive;
    };
  },

  async "archiver-zip-encrypted"() {
    const require = createRequire(import.meta.url);
    const archiver = require("archiver-7");
    archiver.registerFormat("zip-encrypted", require("archiver-zip-encrypted"));
    return (folder, names, store) => {
      const archive = archiver.create("zip-encrypted", { store, zlib: { level }, encryptionMethod: "aes256", password: "secret" });
      for (const name of names) archive.file(join(folder, name), { name });
      archive.finalize();
      return archive;
    };
  },

  async "zip-stream"() {
    const { default: ZipStream } = await import("zip-stream");
    return (folder, names, store) => {
      const archive = new ZipStream(store ? { store: true } : { level });
      (async () => {
        for (const name of names) {
          const path = join(folder, name);
          const { size, mtime } = await stat(path);
          await new Promise((resolve, reject) =>
            archive.entry(createReadStream(path), { name, size, date: mtime }, (error) => (error ? reject(error) : resolve())));
        }
        archive.finish();
      })().catch((error) => archive.destroy(error));
      return archive;
    };
  },

  async yazl() {
    const { default: yazl } = await import("yazl");
    return (folder, names, store) => {
      const archive = new yazl.ZipFile();
      const options = { compressionLevel: store ? 0 : level };
      for (const name of names) archive.addFile(join(folder, name), name, options);
      archive.end();
      return archive.outputStream;
    };
  },

  async bsdtar() {
    return (folder, names, store) => {
      const options = store ? "zip:compression=store" : `zip:compression-level=${level}`;
      return output(spawn("bsdtar", ["-c", "-f", "-", "--format", "zip", "--options", options, "-C", folder, "-T", "-"], { stdio }), names);
    };
  },

  async zip() {
    return (folder, names, store) => output(spawn("zip", ["-q", store ? "-0" : `-${level}`, "-", "-@"], { cwd: folder, stdio }), names);
  },
};

const stdio = ["pipe", "pipe", "inherit"];

function output(child, names) {
  child.stdin.end(names.join("\n") + "\n");
  return child.stdout;
}

const write = await writers[library]();
const lists = new Map();

// The names are in memory, as if they came from the application's database.
async function namesIn(folder) {
  if (!lists.has(folder)) lists.set(folder, (await readdir(folder)).sort());
  return lists.get(folder);
}

createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const folder = join(root, url.pathname);
  const archive = write(folder, await namesIn(folder), url.searchParams.get("method") === "store");
  response.writeHead(200, { "Content-Type": "application/zip", "Content-Disposition": 'attachment; filename="download.zip"' });
  pipeline(archive, response, (error) => error && response.destroy());
}).listen(port, "127.0.0.1", () => console.log("listening"));
