// Published constants of HPKE.

// The published vector of DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, mode base (CFRG test vectors of
// RFC 9180), with its encryptions accumulated as Go's crypto/hpke publishes them.
export const hpkeVector = {
  info: "4f6465206f6e2061204772656369616e2055726e",
  ikmE: "2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9",
  ikmR: "dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee",
  pkRm: "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
  enc: "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
  encryptionsAccumulated: "1702e73e1e71705faa8241022af1deea",
};
// RFC 9180 appendix A.1.1: the same KEM.
export const rfc9180KeyPairs = {
  ikmE: "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
  pkEm: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
  ikmR: "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
  pkRm: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
};
