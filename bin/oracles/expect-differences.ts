import { afterEach, beforeAll, type RunnerTask, type RunnerTestFile } from 'vitest';
import { differences } from './differences.ts';

// Around every test of `npm run test:oracles`: a failure that differences.ts foretells is none, and a line of it that
// nothing bears out any more is one.

const listedFor = ({ projectName = '', name }: RunnerTestFile) => differences[projectName]?.[name] ?? [];

function namesIn(tasks: readonly RunnerTask[]): readonly string[] {
  return tasks.flatMap((task) => (task.type === 'suite' ? namesIn(task.tasks) : task.fullTestName));
}

// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a hook asks for, here nothing.
beforeAll(({}, { file }) => {
  const names = new Set(namesIn(file.tasks));
  const gone = listedFor(file).filter(([test]) => !names.has(test));
  if (gone.length > 0) throw new Error(`differences.ts lists what is no test of ${file.name}: ${gone.join('\n')}`);
});

afterEach(({ task }) => {
  const listed = listedFor(task.file).find(([test]) => test === task.fullTestName);
  if (!listed) return;
  const [, says] = listed;
  const said = task.result?.errors?.map(({ message, diff }) => `${message}\n${diff}`).join('\n');
  if (!said) throw new Error('this difference is gone: take its line out of differences.ts');
  // Vitest then takes the failure for the success; with another message it stays one.
  if (said.includes(says)) Object.assign(task, { fails: true });
});
