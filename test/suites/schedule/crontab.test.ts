import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { useWorkplace } from '../../support/cli-context.ts';
import { useProgram } from '../../support/program.ts';
import { NO_SYSTEMD, useSystemd } from '../../support/systemd.ts';

const program = useProgram();
const NO_CRON = spawnSync('crontab', ['-V']).error === undefined ? false : 'cron is not installed';

describe('a schedule in a real crontab', { skip: NO_SYSTEMD || NO_CRON }, () => {
  it('is put in, found, changed and taken out, and all other lines stay', async (t) => {
    const systemd = await useSystemd(t);
    const workplace = useWorkplace(t);
    workplace.write(
      'a 100 %.json',
      JSON.stringify({ backup: { source_directory: 'source' }, s3: { bucket_name: 'b' } }),
    );
    const run = (words: readonly string[]) => systemd.run(words, { cwd: workplace.cwd });
    const schedule = (...words: readonly string[]) =>
      run([process.execPath, program.bin, 'schedule', ...words]);
    const install = (every: string) =>
      schedule('--config', 'a 100 %.json', '--every', every, '--install', '--with', 'cron');
    const crontab = async () =>
      (await run(['sh', '-c', 'crontab -l | grep -v "^# \\(DO NOT EDIT\\|(\\)"'])).stdout;
    const first = await install('02:15');
    assert.deepEqual([first.code, first.stderr], [0, '']);
    assert.equal((await schedule('--remove')).code, 0);
    assert.equal(await crontab(), '');
    await run(['sh', '-c', 'printf "MAILTO=me\\n5 4 * * * true\\n" | crontab -']);
    assert.equal((await install('02:15')).code, 0);
    assert.equal((await install('Mon 03:00')).code, 0);
    assert.match(
      await crontab(),
      /^MAILTO=me\n5 4 \* \* \* true\n# Written by .*\n# s3-backup-a-100- Mon 03:00\n0 3 \* \* 1 cd \S+ && .* run --config '\S+ 100 \\%\.json' --quiet\n# End of .*\n$/,
    );
    assert.match(
      (await schedule('status')).stdout,
      /^s3-backup-a-100- {2}\(crontab of this user, .*\n {2}next {2}Mon .* 03:00:00\n/,
    );
    assert.equal((await schedule('--remove', '--name', 'a-100-')).code, 0);
    assert.equal(await crontab(), 'MAILTO=me\n5 4 * * * true\n');
  });
});
