"use strict";
// The player of what was said: a line walks over the lanes, a click on a lane goes to that moment.
(() => {
  for (const audio of document.querySelectorAll("audio[data-from]")) {
    const svg = audio.closest("section").querySelector(".heardbox svg");
    const from = Number(audio.dataset.from);
    const to = Number(audio.dataset.to);
    const seconds = Number(audio.dataset.seconds);
    if (!svg || !(seconds > 0)) continue;
    const hand = document.createElementNS("http://www.w3.org/2000/svg", "line");
    hand.setAttribute("class", "hand");
    hand.setAttribute("y1", "4");
    hand.setAttribute("y2", String(svg.viewBox.baseVal.height - 30));
    svg.append(hand);
    const show = () => {
      const x = String(from + (to - from) * Math.min(1, audio.currentTime / seconds));
      hand.setAttribute("x1", x);
      hand.setAttribute("x2", x);
    };
    audio.addEventListener("timeupdate", show);
    audio.addEventListener("seeked", show);
    svg.addEventListener("click", (event) => {
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      if (place.x < from || place.x > to) return;
      audio.currentTime = seconds * (place.x - from) / (to - from);
      show();
    });
    show();
  }
})();
