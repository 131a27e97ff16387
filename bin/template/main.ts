import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { checkovSkips } from './checkov-skips.ts';
import { deployRoleFiles } from './deploy-role.ts';
import { findingsOf } from './findings.ts';
import { idleCostPage } from './idle-cost.ts';
import { makeMistake, templateMutations } from './mutations.ts';
import { cacheFolder, pythonTools, root, run } from './python-tools.ts';
import { readTemplate } from './read.ts';
import { at } from './tree.ts';

// The gate before a deployment: expand as AWS does, lint, then hold the expansion to our rules. Linters alone let through
// what hurts most (see mutations.ts), so every mistake on that list is made here too, and must be noticed.

const work = path.join(cacheFolder, 'work');
const deployRole = path.join(root, 'doc', 'deploy', 'github-deploy-role.yaml');
const Expansions = z.record(z.string(), z.unknown());
const LintMatches = z.array(z.object({ Filename: z.string(), Rule: z.object({ Id: z.string() }) }));
const CheckovReport = z.object({
  results: z.object({ failed_checks: z.array(z.object({ check_id: z.string(), resource: z.string() })) }),
});

let failures = 0;
let passes = 0;

/** One line for what was looked at, and what was found. */
function tell(what: string, found: readonly string[]): void {
  process.stdout.write(`${found.length === 0 ? 'ok    ' : 'FAIL  '}${what}\n`);
  for (const each of found) process.stdout.write(`        ${each}\n`);
  if (found.length === 0) passes += 1;
  else failures += 1;
}

/** What AWS would make of each text, or `{ error }` where it would refuse it. */
async function expand(sam: string, texts: ReadonlyMap<string, string>): Promise<Readonly<Record<string, unknown>>> {
  const input = JSON.stringify([...texts].map(([name, text]) => ({ name, text })));
  const { code, stdout, text } = await run(path.join(sam, 'python'), ['bin/template/expand.py'], input);
  if (code !== 0) throw new Error(`The SAM translator failed:\n${text}`);
  return Expansions.parse(JSON.parse(stdout));
}

/** Ids of cfn-lint's rules that each file breaks. */
async function lint(sam: string, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout, text } = await run(path.join(sam, 'cfn-lint'), ['--format', 'json', ...files]);
  if (!stdout.startsWith('[')) throw new Error(`cfn-lint failed:\n${text}`);
  const broken = new Map<string, Set<string>>();
  for (const { Filename, Rule } of LintMatches.parse(JSON.parse(stdout))) {
    const rules = broken.get(Filename) ?? new Set();
    broken.set(Filename, rules.add(Rule.Id));
  }
  return new Map([...broken].map(([file, rules]) => [file, [...rules].join(' ')]));
}

/** A tool that says by its exit code whether all is well. */
async function tellTool(what: string, program: string, args: readonly string[]): Promise<void> {
  const { code, text } = await run(program, args);
  tell(what, code === 0 ? [] : text.trim().split('\n'));
}

async function tellCheckov(file: string): Promise<void> {
  const checkov = path.join(await pythonTools('bin/template/checkov.txt'), 'checkov');
  const options = ['--framework', 'cloudformation', '--output', 'json', '--soft-fail', '--skip-download'];
  const { stdout, text } = await run(checkov, ['--file', file, ...options]);
  if (!stdout.startsWith('{')) throw new Error(`checkov failed:\n${text}`);
  const failed = CheckovReport.parse(JSON.parse(stdout)).results.failed_checks;
  const found = failed
    .filter(({ check_id }) => checkovSkips[check_id] === undefined)
    .map(({ check_id, resource }) => `${check_id}: ${resource}`);
  const unneeded = Object.keys(checkovSkips)
    .filter((id) => !failed.some(({ check_id }) => check_id === id))
    .map((id) => `${id} is skipped in vain; take it from bin/template/checkov-skips.ts`);
  tell(`checkov on the expansion; ${Object.keys(checkovSkips).length} checks skipped, each for a reason`, [
    ...found,
    ...unneeded,
  ]);
}

/** Files that are made from templates: written on request, otherwise held to what would be made now. */
async function tellMade(made: ReadonlyMap<string, string>, isWriting: boolean): Promise<void> {
  for (const [name, content] of made) {
    const file = path.join(root, 'doc', name);
    if (isWriting) await writeFile(file, content);
    const written = await readFile(file, 'utf8').catch(() => '');
    const old = 'it is not what the template says; write it with npm run test:template -- --write';
    tell(`doc/${name}`, written === content ? [] : [old]);
  }
}

/** Makes every mistake and says which of the four ways to look at it notices. */
async function tellMistakes(sam: string, text: string): Promise<void> {
  const texts = new Map(templateMutations.map((mutation, index) => [`mistake-${index}`, makeMistake(text, mutation)]));
  const expansions = await expand(sam, texts);
  const sources: string[] = [];
  const results: string[] = [];
  for (const [name, changed] of texts) {
    const source = path.join(work, `${name}.yaml`);
    await writeFile(source, changed);
    sources.push(source);
    if (at(expansions[name], 'error') !== undefined) continue;
    const result = path.join(work, `${name}.json`);
    await writeFile(result, JSON.stringify(expansions[name]));
    results.push(result);
  }
  const [onSource, onResult] = await Promise.all([lint(sam, sources), lint(sam, results)]);
  process.stdout.write('\nMistakes, and who notices: cfn-lint on the source | on the expansion | our rules on both\n');
  for (const [index, mutation] of templateMutations.entries()) {
    const name = `mistake-${index}`;
    const refusal = at(expansions[name], 'error');
    const inSource = findingsOf(readTemplate(texts.get(name) ?? '')).join('\n');
    const inResult = refusal === undefined ? findingsOf(expansions[name]).join('\n') : String(refusal);
    const isNoticed = inSource.includes(mutation.says) && (refusal !== undefined || inResult.includes(mutation.says));
    const linted = onSource.get(path.join(work, `${name}.yaml`)) ?? 'passes';
    const lintedAgain =
      refusal === undefined ? (onResult.get(path.join(work, `${name}.json`)) ?? 'passes') : 'SAM refuses';
    tell(
      `${mutation.mistake}: ${linted} | ${lintedAgain} | noticed`,
      isNoticed ? [] : ['our rules do not notice', inSource, inResult],
    );
  }
}

/** The whole gate. `--write` writes doc/idle-cost.md and the JSON of doc/deploy. The exit code is 1 if anything was found. */
export async function checkTemplate(args: readonly string[]): Promise<void> {
  const sam = await pythonTools('bin/template/sam.txt');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const file = path.join(root, 'template.yaml');
  const text = await readFile(file, 'utf8');
  const { whole } = await expand(sam, new Map([['whole', text]]));
  const expanded = path.join(work, 'expanded.json');
  await writeFile(expanded, JSON.stringify(whole, null, 2));

  tell('our rules on the source', findingsOf(readTemplate(text)));
  const refusal = at(whole, 'error');
  tell('SAM expands it', refusal === undefined ? [] : [String(refusal)]);
  if (refusal === undefined) {
    tell('our rules on the expansion', findingsOf(whole));
    await tellTool('cfn-lint on the source', path.join(sam, 'cfn-lint'), [file]);
    await tellTool('cfn-lint on the expansion', path.join(sam, 'cfn-lint'), [expanded]);
    await tellTool('cfn-lint on the deployment role', path.join(sam, 'cfn-lint'), [
      'doc/deploy/github-deploy-role.yaml',
    ]);
    await tellTool('sam validate --lint', path.join(sam, 'sam'), ['validate', '--lint', '--template', file]);
    const build = path.join(cacheFolder, 'build');
    await tellTool('sam build', path.join(sam, 'sam'), ['build', '--template', file, '--build-dir', build]);
    await tellCheckov(expanded);
    const policies = deployRoleFiles(await readFile(deployRole, 'utf8'));
    const made = [...policies].map(([name, content]) => [`deploy/${name}`, content] as const);
    await tellMade(new Map([['idle-cost.md', idleCostPage(whole)], ...made]), args.includes('--write'));
    await tellMistakes(sam, text);
  }
  process.stdout.write(`${passes} passed, ${failures} failed\n`);
  if (failures > 0) process.exitCode = 1;
}
