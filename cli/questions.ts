// The three prompts that are used, so that the bundle holds no more: the package's others bring an editor along.
export { confirm, input, password } from '@inquirer/prompts';
