// Starts GraphiQL on this server. The token is typed by the person into the headers and kept nowhere.
const { createElement } = window.React;
const { GraphiQL } = window;

const query = `# 1. Headers, below: put an admin's
#    access token behind "Bearer ".
#    /dev/admin shows one.
# 2. The round arrow, left: reads
#    the schema with it.
query Me {
  me {
    kind
    email
    projectId
    admin
    superAdmin
    explain
  }
}
`;

// GraphiQL's history keeps headers, and with them tokens, in the browser's storage: it gets one that ends with the page.
const kept = new Map();
const storage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => void kept.set(name, value),
  removeItem: (name) => void kept.delete(name),
  clear: () => kept.clear(),
  get length() {
    return kept.size;
  },
};

window.ReactDOM.createRoot(document.getElementById('graphiql')).render(
  createElement(GraphiQL, {
    storage,
    fetcher: GraphiQL.createFetcher({ url: '/graphql' }),
    defaultQuery: query,
    defaultHeaders: '{ "Authorization": "Bearer " }',
    defaultEditorToolsVisibility: 'headers',
    shouldPersistHeaders: false,
    showPersistHeadersSettings: false,
  }),
);
