// The two systems: how a node is started, and how a log is opened on its cluster.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OrderedLog } from "@emrx/chain-adapter/ledger";
import { jetstreamManager } from "@nats-io/jetstream";
import { etcdLog } from "../src/etcd-log.js";
import { createNatsLog, natsConnection, natsLog } from "../src/nats-log.js";
import { type Cluster, later, NODES, type Node, startCluster } from "./cluster.js";

/** A running system. */
export interface System {
  readonly cluster: Cluster;
  /** Makes a log of a name. */
  create(name: string): Promise<void>;
  open(name: string, clock?: () => number): Promise<OrderedLog>;
  stop(): Promise<void>;
}

async function untilReady(ask: () => Promise<unknown>): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (i > 150) throw error;
      await later(200);
    }
  }
}

const etcdNode = ({ number, client, peer, peers, folder }: Node): string[] => [
  "etcd",
  ...["--name", `n${number}`, "--data-dir", join(folder, "data"), "--logger", "zap"],
  ...[
    "--listen-client-urls",
    `http://${client}:2379`,
    "--advertise-client-urls",
    `http://${client}:2379`,
  ],
  ...[
    "--listen-peer-urls",
    `http://${peer}:2380`,
    "--initial-advertise-peer-urls",
    `http://${peer}:2380`,
  ],
  ...["--initial-cluster", peers.map((address, i) => `n${i}=http://${address}:2380`).join(",")],
  ...["--heartbeat-interval", "100", "--election-timeout", "1000"],
];

export async function startEtcd(): Promise<System> {
  const cluster = startCluster(etcdNode);
  const urls = cluster.clients.map((address) => `http://${address}:2379`);
  const probe = etcdLog(urls, "probe");
  await untilReady(() => probe.size());
  await probe.close();
  return {
    cluster,
    create: async () => {},
    open: async (name, clock) => etcdLog(urls, name, clock),
    stop: () => cluster.stop(),
  };
}

function natsNode({ number, client, peer, peers, folder }: Node): string[] {
  const file = join(folder, "nats.conf");
  const routes = peers
    .filter((address) => address !== peer)
    .map((address) => `nats://${address}:6222`);
  writeFileSync(
    file,
    `server_name: n${number}
listen: "${client}:4222"
max_payload: 4194304
max_pending: 16777216
jetstream { store_dir: "${join(folder, "data")}", max_memory_store: 64MB, max_file_store: 4GB }
cluster { name: emrx, listen: "${peer}:6222", no_advertise: true, routes: [${routes.map((r) => `"${r}"`).join(", ")}] }
`,
  );
  return ["nats-server", "-c", file];
}

export async function startNats(): Promise<System> {
  const cluster = startCluster(natsNode);
  const servers = cluster.clients.map((address) => `${address}:4222`);
  const admin = await natsConnection(servers);
  await untilReady(async () => {
    const manager = await jetstreamManager(admin, { timeout: 2000 });
    await manager.getAccountInfo();
  });
  await untilReady(() => createNatsLog(admin, "probe", NODES.length));
  return {
    cluster,
    create: (name) => untilReady(() => createNatsLog(admin, name)),
    open: async (name, clock) => natsLog(await natsConnection(servers), name, clock),
    async stop() {
      await admin.close();
      await cluster.stop();
    },
  };
}

export const systems = { nats: startNats, etcd: startEtcd } as const;
