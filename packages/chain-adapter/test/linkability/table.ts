// Prints the linkability table of docs/threat-model.md: `npm run linkability`.
import { linkabilityTable, PATIENTS } from "./scenarios.js";

console.log(`${linkabilityTable()}

Advantage over chance, which finds 1 patient in ${PATIENTS}; ${PATIENTS} patients in each of 51 rounds, 50 pairs of rounds.`);
