import { readFileSync } from 'node:fs';
import { commandLine } from './command-line.ts';
import { writeResults } from './results/charts.ts';
import { RESULTS } from './results/results-file.ts';

commandLine({
  usage: 'npm run bench:charts',
  about:
    'Draws a bar chart for each table of bench/RESULTS.md into bench/charts, from the table alone. The benches do so themselves with --write; this is for a table that was edited.',
  time: 'about two seconds.',
  options: {},
});
writeResults(RESULTS, readFileSync(RESULTS, 'utf8'));
