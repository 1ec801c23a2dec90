// `npm run test:cluster`: installs NATS and etcd from Debian where they are missing, then runs the tests of
// examples/cluster-adapters in namespaces of their own (network, mounts, processes): what they start ends with them, and
// nothing of this machine's network is touched. Needs root, as network namespaces do.
import { spawnSync } from "node:child_process";

const run = (command, parameters, options = {}) =>
  spawnSync(command, parameters, { stdio: "inherit", ...options }).status ?? 1;
const has = (program) => spawnSync("which", [program]).status === 0;

const packages = {
  "nats-server": "nats-server",
  etcd: "etcd-server",
  etcdctl: "etcd-client",
  ip: "iproute2",
};
const missing = Object.entries(packages).filter(([program]) => !has(program));
if (missing.length > 0) {
  const names = missing.map(([, name]) => name);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { env: environment };
  run("apt-get", ["update", "-qq"], options);
  const failed = run(
    "apt-get",
    ["install", "-y", "-qq", "--no-install-recommends", ...names],
    options,
  );
  if (failed !== 0)
    throw new Error(`could not install ${names.join(", ")}: they come from Debian, as root`);
}

const unshare = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
// Names of network namespaces are files: they get a folder of their own.
const inside = 'mkdir -p /run/netns && mount -t tmpfs none /run/netns && exec "$@"';
const tests = ["npx", "vitest", "run", "--project", "cluster-adapters", "--no-file-parallelism"];
process.exitCode = run(
  "unshare",
  [...unshare, "sh", "-c", inside, "sh", ...tests, ...process.argv.slice(2)],
  {
    env: { ...process.env, EMRX_CLUSTER: "1" },
  },
);
