// The pages of the documentation, their links and their code.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import GithubSlugger from 'github-slugger'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Pages by path, the README first. */
function read(folder, readme, docs) {
  const pages = readdirSync(join(folder, docs), { recursive: true }).filter((name) => name.endsWith('.md'))
  const paths = [readme, ...pages.sort().map((name) => join(docs, name))]
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
}

/** As they lie in the repository, where a link may lead to any file. */
export const repository = () => ({
  pages: read(root, 'README.md', 'js/docs'),
  exists: (path) => existsSync(join(root, path)),
})

/** As they lie in the package, where nothing else is than what is packed. */
export function packed() {
  const js = join(root, 'js')
  const [{ files }] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json'], {
      cwd: js,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  const paths = files.map(({ path }) => path)
  const exists = (path) =>
    paths.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`))
  return { pages: read(js, 'README.md', 'docs'), exists }
}

const withoutCode = (text) =>
  text.replace(/^( *)```.*?^\1```/gms, '').replace(/`[^`\n]*`/g, (code) => '`'.repeat(code.length))

/** Where the links of a page can lead to: its headings, as GitHub names them, and its own anchors. */
function anchors(text) {
  const slugger = new GithubSlugger()
  const headings = [...text.replace(/^( *)```.*?^\1```/gms, '').matchAll(/^#+ (.*)$/gm)]
  return new Set([
    ...headings.map(([, title]) => slugger.slug(title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'))),
    ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id),
  ])
}

/** The links that lead nowhere, as `page: target`. Those to other sites must be addresses, and are not followed. */
export function deadLinks({ pages, exists }) {
  const dead = []
  for (const [page, text] of pages) {
    const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/gm)]
    for (const [, inline, reference] of targets) {
      const target = inline ?? reference
      if (/^[a-z]+:/.test(target)) {
        if (!URL.canParse(target) || !target.startsWith('https://')) dead.push(`${page}: ${target}`)
        continue
      }
      const [path, anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      if (file.startsWith('..') || !(pages.has(file) || exists(file))) dead.push(`${page}: ${target}`)
      else if (anchor !== undefined && !(pages.has(file) && anchors(pages.get(file)).has(anchor)))
        dead.push(`${page}: ${target}`)
    }
  }
  return dead
}

/** The fenced code of a page, each with its language, the line that it begins at, and the file that it is, if it is one. */
export const codeOf = (text) =>
  [...text.matchAll(/^(?:<!-- (\S+) -->\n\n)?```(\w+)\n(.*?)^```/gms)].map(
    ({ 1: file, 2: language, 3: code, index }) => ({
      file,
      language,
      code,
      line: text.slice(0, index).split('\n').length + 1,
    }),
  )
