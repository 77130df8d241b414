"use strict";
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const themes = JSON.parse(document.getElementById("themes").textContent);
  const narrow = window.matchMedia("(max-width: 40rem)");
  const drawn = new Map();

  // On a phone the plot is slim, and what stands right of it moves along; the page scales the rest.
  const SLIM = 130;
  function slimmed(key, value) {
    if (key === "width" && value === themes.plot) return SLIM;
    return key === "value" && value === themes.text ? SLIM + themes.text - themes.plot : value;
  }

  // Vega-Lite warns of panels with lines of their own; they are meant, and they come out right.
  const MEANT = /faceted independent scales/;
  const warn = console.warn.bind(console);
  console.warn = (...said) => said.some((part) => MEANT.test(part)) || warn(...said);

  // `ast`: expressions are interpreted, so that the page's policy need not allow `eval`.
  async function draw(place) {
    const text = document.getElementById(`spec-${place.id}`).textContent;
    const spec = JSON.parse(text, narrow.matches ? slimmed : undefined);
    const theme = dark.matches ? "dark" : "light";
    try {
      drawn.get(place)?.finalize();
      const view = await window.vegaEmbed(place, spec, {
        mode: "vega-lite",
        renderer: "svg",
        actions: false,
        ast: true,
        defaultStyle: false,
        config: themes[theme],
        tooltip: { disableDefaultStyle: true, theme: "page" },
      });
      drawn.set(place, view);
      place.dataset.drawn = theme;
    } catch (error) {
      place.textContent = "This chart could not be drawn; its numbers are in the table below.";
      console.error(error);
    }
  }

  async function drawAll() {
    for (const place of document.querySelectorAll("[data-chart]")) {
      await draw(place);
    }
    document.documentElement.dataset.drawn = dark.matches ? "dark" : "light";
  }

  // Paper shows what a screen folds away.
  const folded = () => document.querySelectorAll("details:not([open])");
  window.addEventListener("beforeprint", () => {
    for (const part of folded()) {
      part.dataset.folded = "";
      part.open = true;
    }
  });
  window.addEventListener("afterprint", () => {
    for (const part of document.querySelectorAll("details[data-folded]")) {
      part.open = false;
      delete part.dataset.folded;
    }
  });

  dark.addEventListener("change", drawAll);
  narrow.addEventListener("change", drawAll);
  drawAll();
})();
