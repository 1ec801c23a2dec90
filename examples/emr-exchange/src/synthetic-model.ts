// The distributions of the synthetic records: a small Bayesian network whose tables are all here to read. The numbers are made up
// to look like adults in hospital care (more hypertension with age and weight, more diabetes with weight, ...); they are
// fitted to no data and say nothing about any real population.

/** One variable: its values, what it depends on, and how likely each value is given those. */
export interface Variable {
  readonly name: string;
  readonly values: readonly string[];
  /** Variables further up in the list. */
  readonly parents: readonly string[];
  /** Weights of the values given the parents' value numbers (in the order of `parents`); they need not sum to 1. */
  readonly weights: (...parents: number[]) => readonly number[];
  /** Only used inside the generator, never a column. */
  readonly hidden?: boolean;
}

/** What stands in a column where a value is missing. */
export const missing = "NA";

const ageBands = ["18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80+"];

/** Picks a number by index; an index outside is a mistake in the tables below. */
function at(table: readonly number[], index: number): number {
  const value = table[index];
  if (value === undefined) throw new RangeError(`no entry ${index} in a table of ${table.length}`);
  return value;
}

/** Weights of yes and no. */
const noYes = (yes: number): readonly number[] => [1 - yes, yes];

/** The decimals from `low` to `high` in steps of 1 / `perUnit`, then "missing". */
function grid(low: number, high: number, perUnit: number): string[] {
  const decimals = perUnit === 1 ? 0 : 1;
  const numbers = Array.from({ length: (high - low) * perUnit + 1 }, (_, i) => low + i / perUnit);
  return [...numbers.map((number) => number.toFixed(decimals)), missing];
}

/** A normal bell over a grid, cut to [from, to], with a share that is missing. */
function bell(
  values: readonly string[],
  mean: number,
  deviation: number,
  missingShare: number,
  [from, to]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): number[] {
  const weights = values.map((text) => {
    const value = Number(text); // NaN for "missing": its weight is 0 here
    const inside = value >= from && value <= to;
    return inside ? Math.exp(-0.5 * ((value - mean) / deviation) ** 2) : 0;
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, i) =>
    values[i] === missing ? missingShare : ((1 - missingShare) * weight) / total,
  );
}

const bmiGrid = grid(10, 70, 10);
const hba1cGrid = grid(4, 14, 10);
const systolicGrid = grid(80, 220, 1);
const stayDays = grid(1, 60, 1).slice(0, -1);

/** Chapters of ICD-10 (WHO) by their code range; the second column is the weight of each for a non-smoker of 50 to 59. */
const chapters: readonly (readonly [string, number])[] = [
  ["A00-B99", 3],
  ["C00-D48", 10],
  ["D50-D89", 1],
  ["E00-E90", 5],
  ["F00-F99", 7],
  ["G00-G99", 5],
  ["H00-H59", 3],
  ["H60-H95", 1],
  ["I00-I99", 14],
  ["J00-J99", 6],
  ["K00-K93", 12],
  ["L00-L99", 2],
  ["M00-M99", 11],
  ["N00-N99", 6],
  ["O00-O99", 6],
  ["P00-P96", 0], // perinatal: in the domain, never in an adult
  ["Q00-Q99", 0.3],
  ["R00-R99", 5],
  ["S00-T98", 9],
  ["V01-Y98", 0.5],
  ["Z00-Z99", 3],
  ["U00-U99", 0.2],
];

function diagnosisWeights(sex: number, age: number, smoking: number, diabetes: number): number[] {
  return chapters.map(([chapter, weight]) => {
    switch (chapter) {
      case "C00-D48":
        return weight * at([0.2, 0.4, 0.7, 1, 1.4, 1.5, 1.2], age) * at([1, 1.2, 1.4], smoking);
      case "E00-E90":
        return weight * at([1, 1.2, 3, 2.2], diabetes);
      case "F00-F99":
        return weight * at([2, 1.6, 1.2, 1, 0.6, 0.5, 0.6], age);
      case "I00-I99":
        return weight * at([0.15, 0.3, 0.6, 1, 1.5, 2, 2.4], age) * at([1, 1.1, 1.3], smoking);
      case "J00-J99":
        return weight * at([1, 1.3, 2], smoking);
      case "O00-O99":
        return sex === 0 ? weight * at([5, 4, 0.5, 0, 0, 0, 0], age) : 0;
      case "S00-T98":
        return weight * at([1.5, 1.1, 1, 1, 1, 1.4, 2.2], age);
      default:
        return weight;
    }
  });
}

/** The network, parents before children. Everything without a `hidden` mark is a column, in this order. */
export const variables: readonly Variable[] = [
  { name: "sex", values: ["female", "male"], parents: [], weights: () => [0.52, 0.48] },
  {
    name: "age",
    values: ageBands,
    parents: [],
    weights: () => [0.12, 0.13, 0.14, 0.18, 0.19, 0.16, 0.08],
  },
  {
    name: "smoking",
    values: ["never", "former", "current"],
    parents: ["sex", "age"],
    weights(sex, age = 0) {
      const current =
        at([0.24, 0.26, 0.25, 0.22, 0.15, 0.09, 0.04], age) * (sex === 0 ? 0.85 : 1.15);
      const former = at([0.08, 0.14, 0.2, 0.26, 0.33, 0.36, 0.34], age) * (sex === 0 ? 0.85 : 1.15);
      return [1 - current - former, former, current];
    },
  },
  {
    name: "weight class",
    hidden: true,
    values: ["under", "normal", "over", "obese"],
    parents: ["sex", "age"],
    weights(sex, age = 0) {
      const obese = at([0.14, 0.2, 0.26, 0.29, 0.29, 0.25, 0.17], age);
      const over = at([0.24, 0.32, 0.36, 0.38, 0.4, 0.4, 0.36], age) * (sex === 0 ? 0.85 : 1.15);
      const under = at([0.05, 0.03, 0.02, 0.015, 0.015, 0.02, 0.04], age);
      return [under, 1 - under - over - obese, over, obese];
    },
  },
  {
    name: "diabetes",
    values: ["none", "prediabetes", "type 1", "type 2"],
    parents: ["age", "weight class"],
    weights(age = 0, weight = 0) {
      const type2 =
        at([0.01, 0.03, 0.07, 0.12, 0.18, 0.22, 0.21], age) * at([0.4, 0.6, 1, 1.9], weight);
      const pre =
        at([0.04, 0.06, 0.09, 0.12, 0.14, 0.15, 0.14], age) * at([0.5, 0.8, 1.1, 1.5], weight);
      return [1 - type2 - pre - 0.006, pre, 0.006, type2];
    },
  },
  {
    name: "hypertension",
    values: ["no", "yes"],
    parents: ["age", "weight class", "diabetes"],
    weights: (age = 0, weight = 0, diabetes = 0) =>
      noYes(
        Math.min(
          0.9,
          at([0.05, 0.1, 0.2, 0.34, 0.48, 0.58, 0.64], age) *
            at([0.7, 0.8, 1.05, 1.4], weight) *
            at([0.95, 1.15, 1.1, 1.4], diabetes),
        ),
      ),
  },
  {
    name: "region",
    values: [
      "north",
      "north-east",
      "east",
      "south-east",
      "south",
      "south-west",
      "west",
      "north-west",
    ],
    parents: [],
    weights: () => [0.16, 0.09, 0.11, 0.13, 0.2, 0.08, 0.14, 0.09],
  },
  {
    name: "insurance",
    values: ["public", "private", "employer", "self-pay"],
    parents: ["age"],
    weights(age = 0) {
      const senior = age >= 5 ? 0.82 : age === 4 ? 0.5 : 0.24;
      return [senior, (1 - senior) * 0.24, (1 - senior) * 0.66, (1 - senior) * 0.1];
    },
  },
  {
    name: "bmi",
    values: bmiGrid,
    parents: ["weight class"],
    weights: (weight) =>
      weight === 0
        ? bell(bmiGrid, 17.6, 1, 0.06, [12, 18.4])
        : weight === 1
          ? bell(bmiGrid, 22.5, 1.9, 0.06, [18.5, 24.9])
          : weight === 2
            ? bell(bmiGrid, 27.2, 1.6, 0.06, [25, 29.9])
            : bell(bmiGrid, 32, 5, 0.06, [30, 70]),
  },
  {
    name: "hba1c",
    values: hba1cGrid,
    parents: ["diabetes"],
    // Measured in nearly everybody known to be diabetic, in few others: missing says something, so it is a value of the domain.
    weights: (diabetes = 0) =>
      bell(
        hba1cGrid,
        at([5.3, 6, 7.9, 7.4], diabetes),
        at([0.35, 0.25, 1.3, 1.2], diabetes),
        at([0.55, 0.15, 0.03, 0.04], diabetes),
      ),
  },
  {
    name: "systolic",
    values: systolicGrid,
    parents: ["age", "hypertension"],
    weights: (age = 0, hypertension = 0) =>
      bell(
        systolicGrid,
        114 + 1.8 * age + (hypertension === 1 ? 17 : 0),
        hypertension === 1 ? 16 : 11,
        0.03,
      ),
  },
  {
    name: "mainDiagnosis",
    values: chapters.map(([chapter]) => chapter),
    parents: ["sex", "age", "smoking", "diabetes"],
    weights: (sex = 0, age = 0, smoking = 0, diabetes = 0) =>
      diagnosisWeights(sex, age, smoking, diabetes),
  },
  {
    name: "hiv",
    values: ["negative", "positive", missing],
    parents: ["sex", "age"],
    weights(sex, age = 0) {
      const tested = at([0.4, 0.42, 0.32, 0.22, 0.15, 0.1, 0.06], age);
      const positive =
        at([0.004, 0.009, 0.012, 0.01, 0.005, 0.002, 0.001], age) * (sex === 0 ? 0.6 : 1.4);
      return [tested * (1 - positive), tested * positive, 1 - tested];
    },
  },
  {
    name: "depression",
    values: ["no", "yes"],
    parents: ["sex", "age"],
    weights: (sex, age = 0) =>
      noYes(at([0.13, 0.12, 0.12, 0.13, 0.1, 0.08, 0.09], age) * (sex === 0 ? 1.3 : 0.7)),
  },
  {
    name: "admission",
    values: ["elective", "emergency", "transfer", "day case"],
    parents: ["age"],
    weights: (age = 0) => [0.36, at([0.3, 0.28, 0.28, 0.3, 0.34, 0.42, 0.55], age), 0.06, 0.2],
  },
  {
    name: "stay",
    values: stayDays,
    parents: ["age", "diabetes"],
    weights(age = 0, diabetes = 0) {
      const goesOn =
        at([0.66, 0.67, 0.7, 0.74, 0.78, 0.82, 0.85], age) + (diabetes >= 2 ? 0.03 : 0);
      return stayDays.map((_, day) => goesOn ** day);
    },
  },
  {
    name: "fluVaccine",
    values: ["no", "yes"],
    parents: ["age"],
    weights: (age = 0) => noYes(at([0.18, 0.21, 0.25, 0.33, 0.5, 0.66, 0.7], age)),
  },
];
