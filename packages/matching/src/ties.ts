export { breakTies, type LotteryOptions, lotteryNumbers, pairLottery } from "./ties/break-ties.js";
export { stronglyStable } from "./ties/strongly-stable.js";
export { superStable } from "./ties/super-stable.js";
