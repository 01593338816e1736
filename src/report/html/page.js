(() => {
  "use strict";
  document.documentElement.classList.remove("no-js");
  const form = document.querySelector(".filters");
  const status = form.querySelector(".count");
  const rank = { critical: 0, high: 1, medium: 2, low: 3 };
  const groups = [...document.querySelectorAll(".object")].map((section) => {
    const box = section.querySelector(".cards");
    const cards = [...box.children].map((node, place) => ({
      node, place, text: null, shown: true,
      severity: node.dataset.s, type: node.dataset.t, audit: node.dataset.a, field: node.dataset.f, known: "k" in node.dataset,
    }));
    return { section, box, cards, number: section.querySelector(".number"), shown: true };
  });
  const total = groups.reduce((sum, group) => sum + group.cards.length, 0);

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const orders = {
    severity: (a, b) => rank[a.severity] - rank[b.severity] || a.place - b.place,
    field: (a, b) => compare(a.field, b.field) || a.place - b.place,
    audit: (a, b) => compare(a.audit, b.audit) || a.place - b.place,
  };
  let order = "severity";

  const wanted = (card, severities, type, words, known) => {
    if (!severities.has(card.severity) || (type && card.type !== type) || (card.known && !known)) return false;
    if (words.length === 0) return true;
    card.text ??= card.node.textContent.toLowerCase();
    return words.every((word) => card.text.includes(word));
  };

  const update = () => {
    const data = new FormData(form);
    const severities = new Set(data.getAll("severity"));
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const type = data.get("type");
    const known = data.get("known") !== null;
    const filtered = severities.size < 4 || type || words.length > 0 || !known;
    let shown = 0;
    for (const group of groups) {
      let here = 0;
      for (const card of group.cards) {
        const show = wanted(card, severities, type, words, known);
        if (show !== card.shown) card.node.hidden = !(card.shown = show);
        if (show) here += 1;
      }
      const show = here > 0 || !filtered;
      if (show !== group.shown) group.section.hidden = !(group.shown = show);
      group.number.textContent = here;
      shown += here;
    }
    if (data.get("sort") !== order) {
      order = data.get("sort");
      for (const group of groups) {
        group.cards.sort(orders[order]);
        group.box.append(...group.cards.map((card) => card.node));
      }
    }
    status.textContent = `${shown} of ${total} shown`;
  };

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, 80);
  });
  form.addEventListener("reset", () => setTimeout(update, 0));
  form.addEventListener("submit", (event) => event.preventDefault());

  // A link that leads to a hidden card shows it.
  const reveal = () => {
    const card = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (card && card.closest("[hidden]")) {
      form.reset();
      setTimeout(() => card.scrollIntoView(), 20);
    }
  };
  addEventListener("hashchange", reveal);

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "unseen";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const parts = button.closest("article").querySelectorAll(".fix p, .fix li");
    const text = [...parts].map((part) => (part.tagName === "LI" ? "- " : "") + part.textContent.trim()).join("\n");
    const done = await copy(text);
    button.textContent = done ? "Copied" : "Select and copy by hand";
    status.textContent = button.textContent;
    setTimeout(() => { button.textContent = "Copy the fix"; }, 2000);
    button.focus();
  });

  // What is folded away has to be on paper.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
    opened = [];
  });
  update();
})();
