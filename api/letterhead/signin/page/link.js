
"use strict";

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname + location.search);
addEventListener("hashchange", () => location.reload());

const SECURITY = { TLS: "encrypted", STARTTLS: "encrypted", NONE: "not encrypted" };
const at = (id) => document.getElementById(id);

function made(kind, properties = {}, ...children) {
  const node = Object.assign(document.createElement(kind), properties);
  node.append(...children);
  return node;
}

async function ask(what, told) {
  const response = await fetch(`link/${what}`, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, ...told }),
  });
  return { status: response.status, answer: await response.json() };
}

async function go(what, told) {
  at("trouble").textContent = "";
  let status, answer;
  try {
    ({ status, answer } = await ask(what, told));
  } catch {
    at("trouble").textContent = "This server does not answer just now. Try again in a moment.";
    if (what === "open") setTimeout(() => go("open"), 5000);
    return;
  }
  if (status === 200) show(answer);
  else if (status === 410) show({ step: { is: "over", message: answer.message } });
  else at("trouble").textContent = answer.message;
}

let shown = "";

function show(link) {
  const { step } = link;
  const form = at("step").querySelector("form");
  if (form && step.is === "ask" && step.problems.length) {
    mark(form, step.problems);
    return;
  }
  if (step.is === "wait") setTimeout(() => go("open"), 2000);
  if (shown === JSON.stringify(step)) return;
  shown = JSON.stringify(step);
  document.querySelector("main").removeAttribute("aria-busy");
  const open = ["ask", "visit", "wait"].includes(step.is);
  if (open) introduce(link);
  at("request").hidden = at("until").hidden = !open;
  at("step").replaceChildren(...STEPS[step.is](step, link));
  document.title = at("title").textContent;
  at("title").focus();
}

function introduce(link) {
  at("title").textContent = `Sign in to ${link.address}`;
  const servers = Object.entries(link.servers);
  const facts = { company: link.company, requester: link.requester, service: link.service };
  for (const [what, { host, port, security }] of servers) {
    facts[what] = `${host}, port ${port}, ${SECURITY[security]}`;
  }
  for (const name of ["company", "requester", "service", "sends", "receives"]) {
    at(name).textContent = facts[name] ?? "";
    at(name).parentElement.hidden = !facts[name];
  }
  const unknown = [...new Set(servers.filter(([, server]) => !server.known).map(([, server]) => server.host))];
  const whose = link.service ? `to belong to ${link.service}` : "";
  at("unknown").hidden = !unknown.length;
  at("unknown").textContent =
    `${unknown.join(" and ")} ${unknown.length > 1 ? "are" : "is"} not known here ${whose}`.trim() +
    ". Whoever runs a server reads what it is shown: go on only if this is where your mailbox is.";
  at("until").textContent = `This link is good once, until ${new Date(link.expiresAt).toLocaleString()}.`;
}

const STEPS = {
  ask(step) {
    const form = made("form", { noValidate: true, autocomplete: "off" }, ...step.fields.flatMap(field));
    const button = made("button", { type: "submit" }, "Submit");
    form.append(button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      mark(form, []);
      button.disabled = true;
      await go("answer", { answers: Object.fromEntries(new FormData(form)) });
      button.disabled = false;
    });
    return [made("h2", {}, step.title), ...steps(step.instructions), form];
  },
  visit(step, link) {
    return [
      made("h2", {}, "Sign in at the service itself"),
      made("p", {}, "Your password is entered there and stays there. Afterwards you are led back here."),
      made("a", { className: "button", href: step.url }, `Go on to ${link.service ?? "the service"}`),
    ];
  },
  wait(step) {
    return [made("p", {}, step.message)];
  },
  done(step, link) {
    at("title").textContent = "Thank you, that is all";
    const next = `${link.requester} can go on with ${link.address} now. You can close this window.`;
    return [made("p", {}, next)];
  },
  failed(step, link) {
    at("title").textContent = step.title;
    const said = step.said ? [made("p", {}, `The service said: ${step.said}`)] : [];
    const again = `This link is used up. Ask ${link.requester} for a new one to try again.`;
    return [made("p", {}, step.explanation), ...said, ...steps(step.advice), made("p", {}, again)];
  },
  over(step) {
    at("title").textContent = "This link leads nowhere";
    return [made("p", {}, step.message)];
  },
};

function steps(instructions) {
  return instructions.length ? [made("ol", {}, ...instructions.map(instruction))] : [];
}

function instruction({ text, link }) {
  const item = made("li", {}, text);
  if (link?.startsWith("https://")) {
    item.append(" ", made("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, new URL(link).host));
  }
  return item;
}

function field({ name, label, secret, required, help }, number) {
  const id = `field-${number}`;
  const input = made("input", { id, name, type: secret ? "password" : "text", autocomplete: "off", spellcheck: false });
  input.autocapitalize = "none";
  input.setAttribute("aria-required", required);
  input.setAttribute("aria-describedby", `${id}-help ${id}-problem`);
  return [
    made("label", { htmlFor: id }, required ? label : `${label} (may be left empty)`),
    made("p", { id: `${id}-help`, className: "help" }, help ?? ""),
    input,
    made("p", { id: `${id}-problem`, className: "problem", role: "alert" }),
  ];
}

function mark(form, problems) {
  const inputs = [...form.querySelectorAll("input")];
  for (const input of inputs) {
    const problem = problems.find((one) => one.field === input.name);
    input.setAttribute("aria-invalid", Boolean(problem));
    at(`${input.id}-problem`).textContent = problem?.message ?? "";
  }
  const first = inputs.find((input) => input.getAttribute("aria-invalid") === "true");
  first?.focus();
  first?.select();
}

go("open");
