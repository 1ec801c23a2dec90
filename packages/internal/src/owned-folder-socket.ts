// Unix sockets in a folder: one that listens as long as its process lives, and the question whether one listens.
import { closeSync, lstatSync, openSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";

/** Bytes of a socket's path that every Unix takes: `sun_path` has 104 on macOS and the BSDs, 108 on Linux, the last is zero. */
const LONGEST_PATH = 103;

/** A path by which a socket in a folder can be bound and reached, however long the folder's own path is. */
async function withShortPath<T>(
  folder: string,
  name: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return work(path);
  if (process.platform !== "linux") {
    const message = `the path ${path} has more than ${LONGEST_PATH} bytes, too long for a socket; choose a shorter one`;
    throw Object.assign(new Error(message), { code: "ENAMETOOLONG" });
  }
  // A link that the kernel follows to the folder itself, whose own path is short.
  const descriptor = openSync(folder, "r");
  try {
    return await work(`/proc/self/fd/${descriptor}/${name}`);
  } finally {
    closeSync(descriptor);
  }
}

/** Begins to listen on a socket in a folder. It listens until the process ends or closes it, and keeps no process alive. */
export function listenIn(folder: string, name: string): Promise<Server> {
  return withShortPath(
    folder,
    name,
    (path) =>
      new Promise((resolve, reject) => {
        const server = createServer((socket) => {
          socket.on("error", () => {}); // whoever asks whether somebody listens may be gone by now
          socket.destroy();
        });
        server.once("error", reject);
        // `exclusive`: a worker of a cluster listens itself, not its primary for it.
        server.listen({ path, exclusive: true }, () => {
          server.off("error", reject);
          // A connection that cannot be accepted, for want of descriptors, was an answer all the same.
          server.on("error", () => {});
          resolve(server);
        });
        server.unref();
      }),
  );
}

/** Whether anybody listens on a socket in a folder; `gone` if there is nothing of that name. */
export async function isListening(folder: string, name: string): Promise<boolean | "gone"> {
  try {
    if (!lstatSync(join(folder, name)).isSocket()) return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw error;
  }
  return withShortPath(
    folder,
    name,
    (path) =>
      new Promise((resolve) => {
        const socket = createConnection({ path });
        socket.once("connect", () => {
          socket.destroy();
          resolve(true);
        });
        socket.once("error", ({ code }: NodeJS.ErrnoException) => {
          // Anything but a refusal (a queue that is full, another user's socket) is no sign of death.
          resolve(code === "ENOENT" ? "gone" : code !== "ECONNREFUSED");
        });
      }),
  );
}
