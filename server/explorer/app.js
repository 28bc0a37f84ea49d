"use strict";

// The explorer asks this server's API and nothing else. It keeps the last query
// in the browser's session storage, never an answer.

const examples = {
  "Latest run": `{
  run {
    number state verdict startedAt durationSeconds problem
    counts { inScope matched different onlyHubspot onlyQuickbooks pending open opened resolved }
    certificates { system object complete claimed received problem }
  }
}`,
  "Open findings, most money first": `query Open($first: Int!, $after: String) {
  findings(
    filter: { state: { eq: OPEN } }
    sort: [{ field: AMOUNT, direction: DESC }]
    first: $first
    after: $after
  ) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id code severity number field hubspot quickbooks
      amount { amount currencyCode }
      message
      availableActions { action enabled disabledReasons { code message } }
    }
  }
}`,
  "What one task would clear": `{
  findingGroups(by: ROOT_CAUSE, first: 20) {
    key findings invoices
    amounts { amount currencyCode }
    sample { code number message }
  }
}`,
  "New this week": `{
  findings(filter: { firstSeen: { gte: "-P7D" }, severity: { in: [HIGH, MEDIUM] } }, first: 20) {
    nodes { code number firstSeen message timeline(first: 5) { nodes { kind at } } }
  }
}`,
  "Why is an invoice not synced?": `query Why($record: String!) {
  explain(record: $record) {
    state
    invoice { system number date total { amount currencyCode } }
    gates { gate name answer setting record text fix }
    reasons { code text fix }
  }
}`,
  "Invoices that one side lacks": `{
  invoicePairs(filter: { states: [ONE_SIDED, BLOCKED] }, first: 20) {
    pageInfo { hasNextPage endCursor }
    nodes {
      key state
      hubspot { externalId date total { amount currencyCode } }
      quickbooks { externalId date total { amount currencyCode } }
    }
  }
}`,
  "Control totals": `{
  controlTotals(first: 50) {
    nodes {
      currencyCode month
      hubspot { inScope { count amount { amount } } onlyHere { count amount { amount } } }
      quickbooks { inScope { count amount { amount } } onlyHere { count amount { amount } } }
      differences { class amount { amount } }
      unexplained { amount } check { amount }
    }
  }
}`,
  "Settings": `{
  settings {
    version
    values { key value isDefault changedBy changedAt meaning }
    history(first: 10) { nodes { version actor at changes { key value } } }
  }
}`,
  "Start a run": `mutation Start {
  runStart(input: {}) {
    run { id number state }
    userErrors { code message retryable }
  }
}`,
  "Make the workbook": `mutation Export {
  reportExport(input: {}) {
    reportFile { name url sha256 bytes rowCounts { sheet rows } }
    userErrors { code message path }
  }
}`,
};

const exampleVariables = {
  "Open findings, most money first": { first: 20, after: null },
  "Why is an invoice not synced?": { record: "INV-1000136" },
};

const $ = (id) => document.getElementById(id);

// make builds an element; children are elements or text, never markup.
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

async function ask(query, variables, operationName) {
  const began = performance.now();
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json" },
    body: JSON.stringify({ query, variables, operationName }),
  });
  const text = await response.text();
  let answer = null;
  try { answer = JSON.parse(text); } catch { /* shown as it came */ }
  return { status: response.status, request: response.headers.get("X-Request-Id"), took: performance.now() - began, text, answer };
}

// ------------------------------------------------------------ request and result

let shown = "";

async function run() {
  const summary = $("summary");
  summary.className = "";
  let variables = {};
  try {
    variables = JSON.parse($("variables").value.trim() || "{}");
  } catch (fault) {
    summary.className = "bad";
    summary.textContent = `The variables are no JSON: ${fault.message}`;
    $("variables").focus();
    return;
  }
  const query = $("query").value;
  remember();
  $("run").disabled = true;
  summary.textContent = "Asking…";
  try {
    const told = await ask(query, variables, operationAt(query, $("query").selectionStart));
    shown = told.answer === null ? told.text : JSON.stringify(told.answer, null, 2);
    paint(shown);
    const cost = told.answer?.extensions?.cost;
    const faults = told.answer?.errors?.length ?? 0;
    const refused = userErrors(told.answer?.data);
    summary.className = told.status >= 400 || faults || refused ? "bad" : "";
    summary.textContent = [
      `HTTP ${told.status}`, `${Math.round(told.took)} ms`, `${told.text.length.toLocaleString("en")} characters`,
      cost && `cost ${cost.requested} of ${cost.limit}`, faults && `${faults} error${faults > 1 ? "s" : ""}`,
      refused && `${refused} user error${refused > 1 ? "s" : ""}`, told.request && `request ${told.request}`,
    ].filter(Boolean).join(" · ");
  } catch (fault) {
    summary.className = "bad";
    summary.textContent = `The server does not answer: ${fault.message}`;
  } finally {
    $("run").disabled = false;
  }
}

const userErrors = (data) => Object.values(data ?? {}).reduce((sum, value) => sum + (value?.userErrors?.length ?? 0), 0);

// operationAt names the operation that the caret is in, where there are several.
function operationAt(query, caret) {
  const names = [...query.matchAll(/^\s*(?:query|mutation)\s+(\w+)/gm)];
  if (names.length < 2) return undefined;
  return (names.filter((match) => match.index <= caret).pop() ?? names[0])[1];
}

// paint shows JSON with its keys, texts and words told apart. Large answers stay
// plain: colours are not worth the wait.
function paint(json) {
  const result = $("result");
  result.replaceChildren();
  if (json.length > 200000) {
    result.textContent = json;
    return;
  }
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b/g;
  let last = 0;
  for (const match of json.matchAll(token)) {
    result.append(json.slice(last, match.index));
    const kind = match[1] ? (match[2] ? "key" : "text") : "word";
    result.append(make("span", { className: kind }, match[1] ?? match[0]), match[2] ?? "");
    last = match.index + match[0].length;
  }
  result.append(json.slice(last));
}

// tidy indents a document by its braces and leaves everything else as it is.
function tidy(query) {
  let depth = 0;
  return query.split("\n").map((line) => {
    const bare = line.trim();
    const code = bare.replace(/"(?:[^"\\]|\\.)*"/g, "").replace(/#.*$/, "");
    const leading = code.match(/^[})\]]+/)?.[0].length ?? 0;
    const indent = "  ".repeat(Math.max(0, depth - leading));
    depth = Math.max(0, depth + (code.match(/[{([]/g) ?? []).length - (code.match(/[})\]]/g) ?? []).length);
    return bare ? indent + bare : "";
  }).join("\n");
}

function remember() {
  try { sessionStorage.setItem("query", JSON.stringify([$("query").value, $("variables").value])); } catch { /* private windows refuse */ }
}

function recall() {
  try { return JSON.parse(sessionStorage.getItem("query")); } catch { return null; }
}

function choose(name) {
  $("query").value = examples[name];
  $("variables").value = name in exampleVariables ? JSON.stringify(exampleVariables[name], null, 2) : "";
}

// Tab indents in the query, and leaves it after Escape, so that the keyboard is
// not caught.
function indenting(area) {
  let leave = false;
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave = true;
    else if (event.key === "Tab" && !event.shiftKey && !leave) {
      event.preventDefault();
      area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
    } else if (event.key !== "Tab") leave = false;
  });
  area.addEventListener("blur", () => { leave = false; });
}

// ------------------------------------------------------------ schema

const introspection = `query Schema {
  __schema {
    description
    queryType { name } mutationType { name }
    types {
      kind name description specifiedByURL
      fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { ...T } args { name description defaultValue type { ...T } } }
      inputFields { name description defaultValue type { ...T } }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      interfaces { name } possibleTypes { name }
    }
  }
}
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

let schema = null;
let types = new Map();
let trail = [];

async function learn() {
  const told = await ask(introspection);
  schema = told.answer?.data?.__schema;
  if (!schema) {
    $("schema").textContent = "The schema cannot be read.";
    return;
  }
  types = new Map(schema.types.filter((type) => !type.name.startsWith("__")).map((type) => [type.name, type]));
  overview();
}

// spell writes a type with its brackets and marks; its name leads to its page.
function spell(type) {
  if (type.kind === "NON_NULL") return [...spell(type.ofType), "!"];
  if (type.kind === "LIST") return ["[", ...spell(type.ofType), "]"];
  return [link(type.name)];
}

const link = (name) => make("button", { type: "button", className: "type", onclick: () => open(name) }, name);

function open(name) {
  trail = [...trail.filter((step) => step !== name), name].slice(-5);
  $("search").value = "";
  show(typePage(types.get(name)));
  $("schema").focus();
}

function overview() {
  trail = [];
  const groups = { OBJECT: "Objects", INTERFACE: "Interfaces", INPUT_OBJECT: "Inputs", ENUM: "Enums", SCALAR: "Scalars" };
  const parts = [make("p", {}, schema.description ?? ""), make("h3", {}, "Start here"),
    make("ul", {}, ...[schema.queryType, schema.mutationType].filter(Boolean).map((type) => item(types.get(type.name))))];
  for (const [kind, title] of Object.entries(groups)) {
    const names = [...types.values()].filter((type) => type.kind === kind && type.name !== "Query" && type.name !== "Mutation");
    if (names.length) parts.push(make("h3", {}, title), make("ul", {}, ...names.sort((a, b) => a.name.localeCompare(b.name)).map(item)));
  }
  show(parts);
}

const item = (type) => make("li", {}, link(type.name), make("p", {}, type.description ?? ""));

function typePage(type) {
  const parts = [make("h2", {}, type.name), make("p", {}, type.description ?? "")];
  if (type.specifiedByURL) parts.push(make("p", {}, `Specified by ${type.specifiedByURL}`));
  if (type.interfaces?.length) parts.push(make("h3", {}, "Implements"), make("ul", {}, ...type.interfaces.map((one) => make("li", {}, link(one.name)))));
  if (type.possibleTypes?.length) parts.push(make("h3", {}, "Is one of"), make("ul", {}, ...type.possibleTypes.map((one) => make("li", {}, link(one.name)))));
  const members = [...(type.fields ?? []), ...(type.inputFields ?? [])];
  if (members.length) parts.push(make("h3", {}, "Fields"), make("ul", {}, ...members.map(member)));
  if (type.enumValues?.length) parts.push(make("h3", {}, "Values"), make("ul", {}, ...type.enumValues.map((value) => make("li", {}, make("code", {}, value.name), make("p", {}, value.description ?? "")))));
  return parts;
}

function member(field) {
  const args = field.args?.length ? make("ul", { className: "args" }, ...field.args.map(member)) : null;
  const fallback = field.defaultValue ? ` = ${field.defaultValue}` : "";
  return make("li", {}, make("code", {}, field.name, ": ", ...spell(field.type), fallback), make("p", {}, field.description ?? ""),
    field.isDeprecated ? make("p", {}, `Deprecated: ${field.deprecationReason}`) : null, args);
}

function search(words) {
  const want = words.trim().toLowerCase();
  if (!schema) return;
  if (!want) {
    overview();
    return;
  }
  const found = [];
  for (const type of types.values()) {
    const members = [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])];
    if (matches(type, want)) found.push([type, type.name, type.description]);
    for (const one of members) if (matches(one, want)) found.push([type, `${type.name}.${one.name}`, one.description]);
  }
  const rank = ([, path]) => (path.toLowerCase().split(".").pop().startsWith(want) ? 0 : 1);
  found.sort((a, b) => rank(a) - rank(b) || a[1].length - b[1].length);
  show([make("p", { role: "status" }, `${found.length} found`), make("ul", {}, ...found.slice(0, 100).map(([type, path, description]) =>
    make("li", {}, make("button", { type: "button", className: "type", onclick: () => open(type.name) }, ...marked(path, want)), make("p", {}, ...marked(description ?? "", want)))))]);
}

const matches = (one, want) => one.name.toLowerCase().includes(want) || (one.description ?? "").toLowerCase().includes(want);

function marked(text, want) {
  const at = text.toLowerCase().indexOf(want);
  if (at < 0) return [text];
  return [text.slice(0, at), make("mark", {}, text.slice(at, at + want.length)), text.slice(at + want.length)];
}

function show(parts) {
  $("schema").replaceChildren(...parts);
  $("schema").scrollTop = 0;
  const steps = [make("button", { type: "button", className: "type", onclick: () => { $("search").value = ""; overview(); } }, "Schema")];
  for (const name of trail) steps.push(make("span", {}, "›"), link(name));
  $("trail").replaceChildren(...steps);
}

// ------------------------------------------------------------ start

for (const name of Object.keys(examples)) $("example").append(make("option", { value: name }, name));
const last = recall();
if (last) [$("query").value, $("variables").value] = last;
else choose(Object.keys(examples)[0]);

$("example").addEventListener("change", (event) => choose(event.target.value));
$("run").addEventListener("click", run);
$("tidy").addEventListener("click", () => { $("query").value = tidy($("query").value); });
$("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(shown);
  $("summary").textContent = "Copied.";
});
$("search").addEventListener("input", (event) => search(event.target.value));
document.addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  if (event.key === "Enter" && !$("run").disabled) { event.preventDefault(); run(); }
  if (event.key === "k") { event.preventDefault(); $("search").focus(); }
});
indenting($("query"));
learn();
