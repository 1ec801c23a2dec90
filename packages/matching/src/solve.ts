export { solve, solveAsync } from "./solve/solve.js";
