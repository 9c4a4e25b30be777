import uPlot from 'uplot';
import type { Rates } from '../rates.ts';
import { clock, number, size } from './formats.ts';

const HEIGHT = 220;
const NARROWEST = 240;
const AXIS_WIDTH = 78;
/** Distances between marks of time, in seconds. */
const TIME_STEPS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400,
];

/** Draws the throughput, and below it the files in work and the files a second. Dragging zooms; a double click shows all. */
export function drawTimeline(
  place: HTMLElement,
  { seconds, bytesPerSecond, filesPerSecond, atOnce }: Rates,
): void {
  const x = [...seconds];
  const charts = [
    chart(
      place,
      [line('Throughput', '--accent', (bytes) => `${size(bytes)}/s`, 'left')],
      [x, [...bytesPerSecond]],
    ),
    chart(
      place,
      [line('Files at once', '--kept', number, 'left'), line('Files/s', '--unchanged', number, 'right')],
      [x, [...atOnce], [...filesPerSecond]],
    ),
  ];
  const fit = () => {
    for (const each of charts) each.setSize({ width: widthOf(place), height: HEIGHT });
  };
  new ResizeObserver(fit).observe(place);
  const redraw = () => {
    for (const each of charts) each.redraw();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  // A canvas is printed as it was drawn, so it is drawn in the colours of paper first.
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('paper');
    redraw();
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('paper');
    redraw();
  });
}

interface Line {
  readonly series: uPlot.Series;
  readonly axis: uPlot.Axis;
}

function line(
  label: string,
  colour: string,
  format: (value: number) => string,
  side: 'left' | 'right',
): Line {
  return {
    series: {
      label,
      scale: label,
      stroke: () => colourOf(colour),
      width: 2,
      value: (_chart, value) => (value === null ? '–' : format(value)),
    },
    axis: {
      scale: label,
      side: side === 'left' ? 3 : 1,
      size: AXIS_WIDTH,
      stroke: () => colourOf(colour),
      grid: { show: side === 'left', stroke: () => colourOf('--line'), width: 1 },
      ticks: { stroke: () => colourOf('--line'), width: 1 },
      values: (_chart, values) => values.map((value) => (value === null ? '' : format(value))),
    },
  };
}

function chart(place: HTMLElement, lines: readonly Line[], data: uPlot.AlignedData): uPlot {
  const fromZero: uPlot.Scale = { range: (_chart, _minimum, maximum) => [0, Math.max(1, maximum * 1.05)] };
  return new uPlot(
    {
      width: widthOf(place),
      height: HEIGHT,
      scales: {
        x: { time: false },
        ...Object.fromEntries(lines.map(({ series }) => [series.scale, fromZero])),
      },
      // The times of both charts stand below each other.
      padding: [null, lines.length === 1 ? AXIS_WIDTH : null, null, null],
      cursor: { sync: { key: 'timeline' } },
      series: [
        { label: 'After', value: (_chart, value) => (value === null ? '–' : clock(value)) },
        ...lines.map(({ series }) => series),
      ],
      axes: [
        {
          stroke: () => colourOf('--text'),
          grid: { show: false },
          ticks: { stroke: () => colourOf('--line'), width: 1 },
          incrs: TIME_STEPS,
          values: (_chart, values) => values.map((value) => clock(value)),
        },
        ...lines.map(({ axis }) => axis),
      ],
    },
    data,
    place,
  );
}

function widthOf(place: HTMLElement): number {
  return Math.max(NARROWEST, place.clientWidth);
}

/** Resolves `light-dark()` in a variable, which a canvas does not take. */
const probe = document.body.appendChild(document.createElement('i'));

function colourOf(variable: string): string {
  probe.style.color = `var(${variable})`;
  return getComputedStyle(probe).color;
}
