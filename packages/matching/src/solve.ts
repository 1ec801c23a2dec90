export { solve } from "./solve/solve.js";
