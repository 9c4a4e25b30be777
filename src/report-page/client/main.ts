/** The script of a page: draws what the HTML cannot show by itself. */
import type { ScriptData } from '../page.ts';
import { byId } from './elements.ts';
import { showTable } from './table.ts';
import { drawTimeline } from './timeline.ts';
import { Treemap } from './treemap.ts';

const { rates, folders, rows }: ScriptData = JSON.parse(byId('data').textContent ?? '');

const timeline = document.getElementById('timeline');
if (timeline) drawTimeline(timeline, rates);
if (folders.bytes > 0) new Treemap(byId('folders'), folders);
showTable(rows);
