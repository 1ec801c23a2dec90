// Amounts, exact to the cent.
export { formatMoney, parseMoney } from "./ledger/money.js";
