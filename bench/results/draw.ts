import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Column, Table } from './tables.ts';

echarts.use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Colours on white and on black. The drawing has the first; a style in it changes them to the second. */
const COLOURS = {
  background: ['#ffffff', '#0d1117'],
  text: ['#1f2328', '#e6edf3'],
  line: ['#d1d9e0', '#3d444d'],
  first: ['#0969da', '#4493f8'],
  second: ['#9a6700', '#d29922'],
  third: ['#8250df', '#ab7df8'],
} as const;
const light = (name: keyof typeof COLOURS) => COLOURS[name][0];

const WIDTH = 960;
const LABELS_WIDTH = 300;
const GAP = 70;
const TOP = 64;
const BOTTOM = 36;
const BAR = 13;
const FONT = 'system-ui, -apple-system, Helvetica, Arial, sans-serif';

/** A bar chart as SVG, with a panel for each unit. It is the same for the same table. */
export function draw(table: Table): string {
  const panels = panelsOf(table.columns);
  const height = heightOf(table);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption(optionOf(table, panels));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return finished(svg, table.title);
}

function panelsOf(columns: readonly Column[]): Column[][] {
  return [...new Set(columns.map(({ unit }) => unit))].map((unit) =>
    columns.filter((column) => column.unit === unit),
  );
}

function heightOf({ labels, columns }: Table): number {
  const bars = Math.max(...panelsOf(columns).map((panel) => panel.length));
  return TOP + BOTTOM + labels.length * (bars * (BAR + 2) + 14);
}

function optionOf(
  { title, labels }: Table,
  panels: readonly (readonly Column[])[],
): echarts.EChartsCoreOption {
  const room = WIDTH - LABELS_WIDTH - 30 - GAP * panels.length;
  const shares = panels.map((panel) => panel.length);
  const all = shares.reduce((sum, share) => sum + share, 0);
  const widths = shares.map((share) => (room * share) / all);
  const left = (at: number) =>
    LABELS_WIDTH + 20 + widths.slice(0, at).reduce((sum, width) => sum + width + GAP, 0);
  const text = { color: light('text'), fontFamily: FONT, fontSize: 12 };
  const line = { lineStyle: { color: light('line') } };
  const colours = ['first', 'second', 'third'] as const;
  const columns = panels.flatMap((panel, at) => panel.map((column) => ({ ...column, at })));
  return {
    animation: false,
    backgroundColor: light('background'),
    textStyle: text,
    title: { text: title, left: 12, top: 8, textStyle: { ...text, fontSize: 15 } },
    legend: { top: 34, left: LABELS_WIDTH + 14, itemHeight: 10, itemWidth: 16, textStyle: text },
    grid: panels.map((_, at) => ({
      ...{ left: left(at), width: widths[at], top: TOP, bottom: BOTTOM },
    })),
    yAxis: panels.map((_, at) => ({
      ...{ gridIndex: at, type: 'category', inverse: true, data: labels, axisTick: { show: false } },
      axisLine: line,
      axisLabel: { ...text, show: at === 0, interval: 0, width: LABELS_WIDTH, overflow: 'break' },
    })),
    xAxis: panels.map(([first], at) => ({
      ...{ gridIndex: at, type: 'value', name: first?.unit ?? '', nameLocation: 'middle', nameGap: 22 },
      nameTextStyle: text,
      axisLabel: text,
      splitLine: line,
      splitNumber: 4,
    })),
    series: columns.map(({ name, unit, cells, at }, index) => ({
      ...{ type: 'bar', name: `${name}${unit.startsWith('of ') ? '' : `, ${unit}`}` },
      ...{ xAxisIndex: at, yAxisIndex: at, barWidth: BAR, barGap: '15%' },
      color: light(colours[index % colours.length] ?? 'first'),
      data: cells.map((cell) => ({ value: cell?.value ?? '-', label: { formatter: cell?.shown ?? '' } })),
      label: { show: true, position: 'right', ...text, fontSize: 11 },
    })),
  };
}

/** Gives the drawing a title, and its other colours where the page is dark. */
function finished(svg: string, title: string): string {
  const rules = Object.values(COLOURS).flatMap(([bright, dark]) =>
    ['fill', 'stroke'].map((what) => `[${what}="${bright}"]{${what}:${dark}}`),
  );
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
  const named = `<title>${title.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)}</title>`;
  // Styles for a pointer, which an image has not; their classes are numbered over all drawings of this process.
  const still = svg.replace(/<style >.*?<\/style>\n?/s, '').replace(/ class="[^"]*"/g, '');
  return `${still.replace('>', `>\n${named}\n${style}`)}\n`;
}
