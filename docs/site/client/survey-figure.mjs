// <emrx-survey>: a thousand dots answer, a slider sets epsilon, and below stands the estimate with its interval. Nothing moves by
// itself; without a script the text inside the element stays.
import { ask, people, trueYes } from "./survey.mjs";

const perRow = 50;
const settings = [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8];

class SurveyFigure extends HTMLElement {
  connectedCallback() {
    const rows = people / perRow;
    this.innerHTML = `
      <figure>
        <svg class="dots" viewBox="0 0 ${perRow} ${rows}" role="img"></svg>
        <p><label>Epsilon <input type="range" min="0" max="${settings.length - 1}" step="1" value="3"></label>
        <output class="epsilon"></output> <button type="button">Ask again</button></p>
        <p class="result" role="status"></p>
        <figcaption>Each dot is one person's answer: filled for yes, hollow for no. The first six rows are the ${trueYes} who smoke.
        The smaller epsilon, the more often an answer is wrong, and the wider the interval.</figcaption>
      </figure>`;
    this.querySelector("input").addEventListener("input", () => this.show());
    this.querySelector("button").addEventListener("click", () => this.show());
    this.show();
  }

  show() {
    const slider = this.querySelector("input");
    const epsilon = settings[Number(slider.value)];
    slider.setAttribute("aria-valuetext", String(epsilon));
    this.querySelector(".epsilon").textContent = String(epsilon);
    const { answers, share, halfWidth } = ask(epsilon);
    const dots = this.querySelector(".dots");
    dots.innerHTML = Array.from(answers, dot).join("");
    const yes = answers.reduce((sum, answer) => sum + answer, 0);
    const percent = (value) => `${(100 * value).toFixed(1)} %`;
    const result = `${yes} of ${people} answered yes. Estimate: ${percent(share)}, with 95 % certainty between ${percent(
      share - halfWidth,
    )} and ${percent(share + halfWidth)}. The truth is ${percent(trueYes / people)}.`;
    this.querySelector(".result").textContent = result;
    dots.setAttribute("aria-label", `${people} answers. ${result}`);
  }
}

function dot(answer, person) {
  const [x, y] = [(person % perRow) + 0.5, Math.floor(person / perRow) + 0.5];
  return `<circle cx="${x}" cy="${y}" r="0.32" class="${answer === 1 ? "yes" : "no"}"/>`;
}

customElements.define("emrx-survey", SurveyFigure);
