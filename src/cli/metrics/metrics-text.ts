import { basename } from 'node:path';
import { type MetricsFacts, metricsOf } from './metrics-of.ts';

/**
 * Makes the metrics of a run in Prometheus' text format.
 *
 * @param path Path of the file. Its name without `.prom` is the label `backup` of every metric.
 */
export async function metricsText(path: string, facts: MetricsFacts): Promise<string> {
  // Loaded only if metrics are written.
  const { Gauge, Registry } = (await import('prom-client')).default;
  const registry = new Registry();
  registry.setDefaultLabels({ backup: basename(path, '.prom') });
  for (const { name, help, samples } of metricsOf(facts)) {
    // A gauge without a sample would be 0.
    if (samples.length === 0) continue;
    const labelNames = Object.keys(samples[0]?.labels ?? {});
    const gauge = new Gauge({ name: `s3_backup_${name}`, help, labelNames, registers: [registry] });
    for (const { labels = {}, value } of samples) gauge.set(labels, value);
  }
  return registry.metrics();
}
