// Purposes of use: the HL7 v3 ActReason codes below PurposeOfUse (HL7 Terminology, value set v3-PurposeOfUse as
// published with FHIR R4), each with the code it stands under.

const parents = {
  PurposeOfUse: "",
  HMARKT: "PurposeOfUse",
  HOPERAT: "PurposeOfUse",
  CAREMGT: "HOPERAT",
  DONAT: "HOPERAT",
  FRAUD: "HOPERAT",
  GOV: "HOPERAT",
  HACCRED: "HOPERAT",
  HCOMPL: "HOPERAT",
  HDECD: "HOPERAT",
  HDIRECT: "HOPERAT",
  HDM: "HOPERAT",
  HLEGAL: "HOPERAT",
  HOUTCOMS: "HOPERAT",
  HPRGRP: "HOPERAT",
  HQUALIMP: "HOPERAT",
  HSYSADMIN: "HOPERAT",
  LABELING: "HOPERAT",
  METAMGT: "HOPERAT",
  MEMADMIN: "HOPERAT",
  MILCDM: "HOPERAT",
  PATADMIN: "HOPERAT",
  PATSFTY: "HOPERAT",
  PERFMSR: "HOPERAT",
  RECORDMGT: "HOPERAT",
  SYSDEV: "HOPERAT",
  HTEST: "SYSDEV",
  TRAIN: "HOPERAT",
  HPAYMT: "PurposeOfUse",
  CLMATTCH: "HPAYMT",
  COVAUTH: "HPAYMT",
  COVERAGE: "HPAYMT",
  ELIGDTRM: "HPAYMT",
  ELIGVER: "HPAYMT",
  ENROLLM: "HPAYMT",
  MILDCRG: "HPAYMT",
  REMITADV: "HPAYMT",
  HRESCH: "PurposeOfUse",
  BIORCH: "HRESCH",
  CLINTRCH: "HRESCH",
  CLINTRCHNPC: "CLINTRCH",
  CLINTRCHPC: "CLINTRCH",
  PRECLINTRCH: "CLINTRCH",
  DSRCH: "HRESCH",
  POARCH: "HRESCH",
  TRANSRCH: "HRESCH",
  PATRQT: "PurposeOfUse",
  FAMRQT: "PATRQT",
  PWATRNY: "PATRQT",
  SUPNWK: "PATRQT",
  PUBHLTH: "PurposeOfUse",
  DISASTER: "PUBHLTH",
  THREAT: "PUBHLTH",
  TREAT: "PurposeOfUse",
  CLINTRL: "TREAT",
  COC: "TREAT",
  ETREAT: "TREAT",
  BTG: "ETREAT",
  ERTREAT: "ETREAT",
  POPHLTH: "TREAT",
} as const;

/** An HL7 v3 PurposeOfUse code. */
export type Purpose = keyof typeof parents;

/**
 * Every purpose code, parents before children.
 *
 * @example
 * ```ts
 * import { purposes } from "@emrx/chain-adapter/contracts";
 *
 * purposes.includes("HRESCH"); // => true
 * ```
 */
export const purposes: readonly Purpose[] = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ Object.keys(parents) as Purpose[],
);

/**
 * Whether one purpose covers another: it is the same code or stands above it in the tree.
 *
 * @param general code named in a rule
 * @param particular code stated by a requester
 * @returns whether a rule for `general` applies to `particular`
 * @see HL7 Terminology, value set v3-PurposeOfUse
 * @example
 * ```ts
 * import { purposeCovers } from "@emrx/chain-adapter/contracts";
 *
 * purposeCovers("HRESCH", "CLINTRCHPC"); // => true
 * purposeCovers("CLINTRCHPC", "HRESCH"); // => false
 * ```
 */
export function purposeCovers(general: Purpose, particular: Purpose): boolean {
  for (let code: Purpose | "" = particular; code !== ""; code = parents[code]) {
    if (code === general) return true;
  }
  return false;
}
