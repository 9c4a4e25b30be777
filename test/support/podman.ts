import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Why no container can be built and run here, or false. */
export const NO_PODMAN =
  process.platform !== 'linux' || process.geteuid?.() !== 0
    ? 'only root on Linux can run containers for a test'
    : spawnSync('podman', ['--version']).status !== 0 || spawnSync('runc', ['--version']).status !== 0
      ? 'podman and runc are not installed'
      : false;

export interface PodmanAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** podman with a store of its own, whose images and containers go with it. */
export class Podman {
  readonly #folder = mkdtempSync(join(tmpdir(), 'podman-test-'));

  /** Runs podman while this process goes on: its server may be asked. */
  async run(words: readonly string[]): Promise<PodmanAnswer> {
    const [root, runroot] = ['root', 'run'].map((name) => join(this.#folder, name));
    const own = [
      '--root',
      `${root}`,
      '--runroot',
      `${runroot}`,
      '--storage-driver',
      'vfs',
      '--runtime',
      'runc',
    ];
    const how = ['--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];
    const child = spawn('podman', [...own, ...how, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = [child.stdout, child.stderr].map(async (stream) => {
      let text = '';
      for await (const chunk of stream.setEncoding('utf8')) text += chunk;
      return text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    const [stdout = '', stderr = ''] = await Promise.all(texts);
    return { code, stdout, stderr };
  }

  /** @throws Error with what podman says, if it fails */
  async require(words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(words);
    if (code !== 0) throw new Error(`podman ${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  /**
   * Makes an image of programs of this machine and the libraries that they need.
   *
   * @param programs Path in the image, and here.
   * @param files Texts, by their paths in the image.
   */
  async makeImage(
    name: string,
    programs: Readonly<Record<string, string>>,
    files: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const root = mkdtempSync(join(this.#folder, 'image-'));
    chmodSync(root, 0o755);
    const put = (path: string, from: string) => {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      cpSync(realpathSync(from), join(root, path));
    };
    for (const [path, from] of Object.entries(programs)) {
      put(path, from);
      for (const library of librariesOf(from)) put(library, library);
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), text, { mode: 0o755 });
    }
    mkdirSync(join(root, 'tmp'), { recursive: true });
    chmodSync(join(root, 'tmp'), 0o1777);
    const archive = `${root}.tar`;
    spawnSync('tar', ['-C', root, '-cf', archive, '.']);
    await this.require(['import', archive, name]);
    rmSync(root, { recursive: true });
    rmSync(archive);
  }

  async remove(): Promise<void> {
    await this.run(['rm', '--all', '--force']);
    await this.run(['rmi', '--all', '--force']);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function librariesOf(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}
