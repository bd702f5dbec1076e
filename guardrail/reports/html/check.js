"use strict";
(() => {
  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const choices = ["action", "rule", "severity"].map((name) => document.getElementById(name));
  const count = document.getElementById("count");
  const none = document.getElementById("none");
  const format = new Intl.NumberFormat("en");
  const conversations = [...document.querySelectorAll(".conversation")].map((article) => ({
    article,
    hits: [...article.querySelectorAll(".hit")].map((hit) => ({
      hit,
      text: `${article.querySelector("h3").textContent} ${hit.textContent}`.toLowerCase(),
      action: [hit.dataset.action],
      rule: hit.dataset.rules.split(" "),
      severity: hit.dataset.severities.split(" "),
    })),
  }));
  const all = conversations.reduce((sum, each) => sum + each.hits.length, 0);

  function noun(number, one, many) {
    return `${format.format(number)} ${number === 1 ? one : many}`;
  }

  function update() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    let open = 0;
    for (const { article, hits } of conversations) {
      let visible = 0;
      for (const each of hits) {
        const fits =
          wanted.every((word) => each.text.includes(word)) &&
          choices.every((choice) => !choice.value || each[choice.id].includes(choice.value));
        each.hit.hidden = !fits;
        visible += fits;
      }
      article.hidden = visible === 0;
      shown += visible;
      open += visible > 0;
    }
    const { one, many } = form.dataset;
    count.value =
      `${format.format(shown)} of ${noun(all, one, many)} in ` +
      `${noun(open, "conversation", "conversations")}`;
    none.hidden = shown > 0;
  }

  function reset() {
    form.reset();
    update();
  }

  form.addEventListener("input", update);
  form.addEventListener("change", update); // some aids choose without an input event
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("reset").addEventListener("click", () => {
    reset();
    words.focus();
  });
  for (const button of document.querySelectorAll("button[data-rule]")) {
    button.addEventListener("click", () => {
      reset();
      document.getElementById("rule").value = button.dataset.rule;
      update();
      document.getElementById("hits").scrollIntoView();
      document.getElementById("rule").focus({ preventScroll: true });
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(input|select)$/i.test(event.target.tagName)) {
      event.preventDefault();
      words.focus();
    } else if (event.key === "Escape") {
      reset();
    }
  });
  form.hidden = false;
  update();
})();
