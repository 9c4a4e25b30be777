import { against, peakMb } from './goals.ts';
import type { SectionResult } from './run-section.ts';
import { spreadOf } from './spread.ts';

/** A million files may take so much more than 20,000, in percent. */
const GOAL_PERCENT = 20;

/** How much more memory ours takes for the million than for the small files; '' unless both were measured. */
export function memoryGrowthText(results: readonly SectionResult[]): string {
  const many = results.find(({ section }) => section.id === 'million');
  const few = results.find(({ section }) => section.id === 'small');
  if (many === undefined || few === undefined) return '';
  const lines = [...many.runs].flatMap(([client, runs]) => {
    const before = peakOf(few, client.id);
    const after = peakOf(many, client.id);
    if (!client.isOurs || runs.length === 0 || before === undefined || after === undefined) return [];
    const percent = 100 * (after / before - 1);
    return [`- ${client.title}: ${percent.toFixed(0)} % more, ${against(percent, GOAL_PERCENT, 0)}`];
  });
  return ['### Memory, a million small files against the 20,000', lines.join('\n')].join('\n\n');
}

function peakOf({ runs }: SectionResult, id: string): number | undefined {
  const [, own = []] = [...runs].find(([client]) => client.id === id) ?? [];
  const peaks = own.filter(({ failure }) => failure === undefined).map(peakMb);
  return peaks.length === 0 ? undefined : spreadOf(peaks).median;
}
