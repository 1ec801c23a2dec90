// Prints the linkability tables of docs/threat-model.md: `npm run linkability`.
import { countsTable } from "./counts.js";
import { linkabilityTable, PATIENTS } from "./scenarios.js";

console.log(`${linkabilityTable()}

Advantage over chance, which finds 1 patient in ${PATIENTS}; ${PATIENTS} patients in each of 51 rounds, 50 pairs of rounds.

${countsTable()}

A site of 20,000 patients in 72 classes, lots of 50; the attacker knows everybody but its target, and guessing is right half of the time.`);
