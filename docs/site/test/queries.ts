// What students and integrators type, and the page or section that must come first. Where two are as good, either may.

/** `first` is matched against the address of the first hit, without its folder: `Concepts#budgets-add-up`, `grr`. */
export interface Query {
  readonly query: string;
  readonly first: RegExp;
}

const estimate = /^How_a_report_becomes_an_estimate/;
const concepts = /^Concepts/;
const threats = /^docs_threat-model/;
const contracts = /^The_contracts/;
const left = /^Left_out_on_purpose/;
const start = /^Getting_started/;
const adapter = /^Write_an_adapter/;
const reading = /^Reading_list/;
const life = /^The_life_of_a_report/;
const errors = /^Error_codes/;
const stability = /^Stability/;
const lattice = /^The_lattice/;

const table: readonly (readonly [string, RegExp])[] = [
  ["estimator", estimate],
  ["unbiased", estimate],
  ["variance", /^(How_a_report_becomes_an_estimate|Concepts)/],
  ["standard error", estimate],
  ["interval", /^(How_a_report_becomes_an_estimate|_emrx_[a-z]+\.index\.Interval$)/],
  ["clopper-pearson", /^(How_a_report|_emrx_[a-z]+\.index\.clopperPearsonInterval$)/],
  ["inverse-variance", estimate],
  ["how a report becomes an estimate", estimate],
  ["warner", /^(Concepts|Reading_list|Mechanisms,_one_by_one\.grr)/],
  ["coin", concepts],
  ["epsilon", concepts],
  ["local differential privacy", /^(Concepts|Reading_list)/],
  ["randomized response", /^(Concepts|Mechanisms,_one_by_one\.grr)/],
  [
    "unary encoding",
    /^(Mechanisms,_one_by_one\.(oue|sue)|_emrx_ldp-core\.mechanisms\.UnaryEncoding)$/,
  ],
  [
    "subset selection",
    /^(Mechanisms,_one_by_one\.subset-selection|_emrx_ldp-core.*\.SubsetSelection)$/,
  ],
  ["attributes", concepts],
  ["domains", concepts],
  ["levels", /^(Concepts|How_a_report)/],
  ["budgets", concepts],
  ["lifetime budget", /^(Concepts|Getting_started)/],
  ["memoized", concepts],
  ["quality", concepts],
  ["market", /^(Concepts|Getting_started|_emrx_[a-z]+\.index\.Market$)/],
  ["deferred acceptance", /^(Concepts|Reading_list|Stability)/],
  ["blocking pair", /^(Concepts|Stability|_emrx_[a-z]+\.index\.blockingPairs$)/],
  ["gale shapley", /^(Reading_list|Concepts)/],
  ["stable matching", /^(Concepts|Stability|The_lattice)/],
  ["stability", stability],
  ["lattice", lattice],
  ["rotations", lattice],
  ["matching with contracts", /^Contracts/],
  ["ledger", /^(Concepts|Architecture|The_life|docs_threat-model)/],
  ["merkle tree", /^(Concepts|_emrx_chain-adapter\.merkle\.MerkleTree$)/],
  ["threat model", threats],
  ["attacks", threats],
  ["losing keys", threats],
  ["not covered", threats],
  ["security", /^SECURITY/],
  ["report a vulnerability", /^SECURITY/],
  ["contributing", /^CONTRIBUTING/],
  ["architecture", /^Architecture/],
  ["packages", /^(Architecture|index)/],
  ["four contracts", /^(The_contracts|Architecture)/],
  ["trade", contracts],
  ["access", contracts],
  ["evaluation", /^(The_contracts|The_life)/],
  ["challenge", contracts],
  ["versions of the rules", contracts],
  ["write an adapter", adapter],
  ["orderedlog", /^(Write_an_adapter|OrderedLog|_emrx.*OrderedLog)/],
  ["conformance kit", adapter],
  ["run the kit", adapter],
  ["getting started", start],
  ["left out", left],
  ["laplace", left],
  ["rs+fd", left],
  ["rappor", /^(Reading_list|_emrx_ldp-core.*[rR]appor$)/],
  ["reading list", reading],
  ["life of a report", life],
  ["error codes", errors],
  ["EMRX_BUDGET_EXHAUSTED", errors],
  ["grr", /^(Mechanisms,_one_by_one\.grr$|_emrx_ldp-core.*\.grr$)/],
  ["createAggregator", /^_emrx_ldp-core.*\.createAggregator$/],
  [
    "subsetSelection",
    /^(Mechanisms,_one_by_one\.subset-selection|_emrx_ldp-core.*\.subsetSelection)$/,
  ],
  ["memoryLedger", /^_emrx_chain-adapter.*\.memoryLedger$/],
];

export const queries: readonly Query[] = table.map(([query, first]) => ({ query, first }));
