import type { Plan } from '../../src/plans/plan.ts';
import { BUCKET } from '../speed/client.ts';

/** The only plan in a store of a bench. @throws Error unless there is exactly one */
export async function storedPlan(endpoint: string): Promise<Plan> {
  const listing = await fetch(`${endpoint}/${BUCKET}?list-type=2&prefix=.s3-backup/plans/`);
  const keys = [...(await listing.text()).matchAll(/<Key>([^<]*\/plan\.json)<\/Key>/g)];
  const [key] = keys;
  if (key?.[1] === undefined || keys.length > 1) throw new Error(`${keys.length} plans are stored`);
  return (await (await fetch(`${endpoint}/${BUCKET}/${key[1]}`)).json()) as Plan;
}

/** Replaces a stored plan. */
export async function replacePlan(endpoint: string, plan: Plan): Promise<void> {
  const url = `${endpoint}/${BUCKET}/.s3-backup/plans/${plan.id}/plan.json`;
  const { ok, status } = await fetch(url, { method: 'PUT', body: JSON.stringify(plan) });
  if (!ok) throw new Error(`${url}: ${status}`);
}
