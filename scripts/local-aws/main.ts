#!/usr/bin/env node
import { push } from './push-command.ts';
import { start } from './start-command.ts';

const [command, ...rest] = process.argv.slice(2);
await (command === 'push' ? push(rest) : start(process.argv.slice(2)));
