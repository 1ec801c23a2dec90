// Three nodes, each in a network namespace of its own, to be killed, paused and cut off from each other. Runs within a
// namespace that `npm run test:cluster` makes, so that nothing of this machine's network is touched; all of it is gone with
// the process that began it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why no cluster can be started, or undefined. */
export const unavailable: string | undefined =
  process.env["EMRX_CLUSTER"] === "1" ? undefined : "npm run test:cluster runs it";

export const NODES = [0, 1, 2] as const;

/** A node as its program is started: its addresses for clients and for its peers, and a folder of its own. */
export interface Node {
  readonly number: number;
  readonly client: string;
  readonly peer: string;
  readonly peers: readonly string[];
  readonly folder: string;
}

/** Three nodes. */
export interface Cluster {
  readonly clients: readonly string[];
  readonly peers: readonly string[];
  /** Ends a node without warning, or with SIGTERM in order. */
  kill(node: number, signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Starts a node, with more parameters than usual if there are any. */
  start(node: number, ...more: readonly string[]): void;
  /** Takes a node's disk away: its folder is empty afterwards. */
  wipe(node: number): void;
  pause(node: number): void;
  resume(node: number): void;
  /** Cuts a node off from the others; clients still reach it. */
  cut(node: number): void;
  heal(node: number): void;
  stop(): Promise<void>;
}

const ip = (...parameters: string[]): void => {
  execFileSync("ip", parameters, { stdio: ["ignore", "ignore", "inherit"] });
};

/** The first number without a bridge: test files run one after the other in one namespace, and each starts anew. */
function freeNetwork(): number {
  const links = execFileSync("ip", ["-o", "link"], { encoding: "utf8" });
  return 1 + Math.max(-1, ...[...links.matchAll(/\be(\d+)br\b/g)].map(([, net]) => Number(net)));
}

/** Makes the networks of three nodes: one to reach each from here, one among them. */
function makeNetwork(): {
  name: (node: number) => string;
  client: (node: number) => string;
  peer: (node: number) => string;
} {
  const net = freeNetwork();
  const name = (node: number): string => `e${net}n${node}`;
  const client = (node: number): string => `10.9.${net * 8 + node}.2`;
  const peer = (node: number): string => `10.8.${net}.${node + 1}`;
  if (net === 0) ip("link", "set", "lo", "up");
  ip("link", "add", `e${net}br`, "type", "bridge");
  ip("link", "set", `e${net}br`, "up");
  for (const node of NODES) {
    const inside = ["-n", name(node)];
    ip("netns", "add", name(node));
    ip(...inside, "link", "set", "lo", "up");
    for (const [end, address, prefix] of [
      ["c", client(node), "30"],
      ["p", peer(node), "24"],
    ] as const) {
      const outer = `${name(node)}${end}`;
      ip("link", "add", outer, "type", "veth", "peer", "name", end, "netns", name(node));
      ip(...inside, "addr", "add", `${address}/${prefix}`, "dev", end);
      ip(...inside, "link", "set", end, "up");
      if (end === "c") ip("addr", "add", `${address.replace(/\.2$/, ".1")}/30`, "dev", outer);
      else ip("link", "set", outer, "master", `e${net}br`);
      ip("link", "set", outer, "up");
    }
  }
  return { name, client, peer };
}

/** Starts three nodes; `program` gives what to run for each. */
export function startCluster(program: (node: Node) => readonly string[]): Cluster {
  const folder = mkdtempSync(join(tmpdir(), "emrx-cluster-"));
  const network = makeNetwork();
  const nodes = NODES.map((number): Node => {
    const own = join(folder, String(number));
    mkdirSync(own);
    return {
      number,
      client: network.client(number),
      peer: network.peer(number),
      peers: NODES.map(network.peer),
      folder: own,
    };
  });
  const running = new Map<number, ChildProcess>();
  const processOf = (node: number): ChildProcess => {
    const child = running.get(node);
    if (child === undefined) throw new Error(`node ${node} does not run`);
    return child;
  };
  const link = (node: number, state: "up" | "down"): void =>
    ip("link", "set", `${network.name(node)}p`, state);
  const cluster: Cluster = {
    clients: nodes.map(({ client }) => client),
    peers: NODES.map(network.peer),
    wipe(number) {
      const { folder: own } = nodes[number] as Node;
      rmSync(own, { recursive: true });
      mkdirSync(own);
    },
    start(number, ...more) {
      const node = nodes[number] as Node;
      const log = openSync(join(node.folder, "said"), "a");
      const [command, ...rest] = program(node);
      const parameters = [
        "netns",
        "exec",
        network.name(number),
        command as string,
        ...rest,
        ...more,
      ];
      running.set(number, spawn("ip", parameters, { stdio: ["ignore", log, log] }));
    },
    async kill(number, signal = "SIGKILL") {
      const child = processOf(number);
      running.delete(number);
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    },
    pause: (number) => void processOf(number).kill("SIGSTOP"),
    resume: (number) => void processOf(number).kill("SIGCONT"),
    cut: (number) => link(number, "down"),
    heal: (number) => link(number, "up"),
    async stop() {
      for (const number of [...running.keys()]) await cluster.kill(number);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (const number of NODES) cluster.start(number);
  return cluster;
}

export const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** One thing at a time: what is done to the nodes by a case of the kit, and by the troubles beside it. */
export function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

/** What was done to the nodes. */
export interface Troubles {
  readonly done: { kills: number; pauses: number; cuts: number };
  /** Ends them, with all nodes running and connected. */
  end(): Promise<void>;
}

/** Ends a node, without warning unless the signal is another, and starts it again after a while. */
export async function killed(
  cluster: Cluster,
  node: number,
  signal?: "SIGKILL" | "SIGTERM",
): Promise<void> {
  await cluster.kill(node, signal);
  await later(700);
  cluster.start(node);
}

/** Kills, pauses or cuts off one node after the other, each for a while, until told to end. */
export function makeTrouble(cluster: Cluster, inTurn = turns(), calm = 1500): Troubles {
  const done = { kills: 0, pauses: 0, cuts: 0 };
  let ended = false;
  const running = (async () => {
    for (let i = 0; !ended; i++) {
      const node = (i + Math.floor(i / 3)) % 3;
      await inTurn(async () => {
        if (i % 3 === 0) {
          await killed(cluster, node);
          done.kills++;
        } else if (i % 3 === 1) {
          cluster.pause(node);
          await later(1500);
          cluster.resume(node);
          done.pauses++;
        } else {
          cluster.cut(node);
          await later(2000);
          cluster.heal(node);
          done.cuts++;
        }
        await later(calm);
      });
    }
  })();
  return {
    done,
    async end() {
      ended = true;
      await running;
    },
  };
}
