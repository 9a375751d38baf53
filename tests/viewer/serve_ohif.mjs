// SPDX-License-Identifier: GPL-3.0-or-later
// OHIF's built files on a free loopback port, with Orthanc's DICOMweb under the same origin: the browser sees one server, so
// neither needs CORS. Says who may embed whom as OHIF's own recipes do, since its workers share memory.

import fs from 'fs';
import http from 'http';
import path from 'path';

const TYPES = {
  '.css': 'text/css', '.html': 'text/html', '.ico': 'image/x-icon', '.js': 'text/javascript', '.json': 'application/json',
  '.png': 'image/png', '.svg': 'image/svg+xml', '.wasm': 'application/wasm', '.woff2': 'font/woff2',
};
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
const CONFIGURATION = {
  routerBasename: '/', extensions: [], modes: [], showStudyList: true, maxNumberOfWebWorkers: 2,
  showWarningMessageForCrossOrigin: false, investigationalUseDialog: { option: 'never' }, defaultDataSourceName: 'orthanc',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'orthanc',
    configuration: {
      friendlyName: 'Orthanc', name: 'orthanc', wadoUriRoot: '/wado', qidoRoot: '/dicom-web', wadoRoot: '/dicom-web',
      qidoSupportsIncludeField: false, supportsReject: false, supportsFuzzyMatching: false, supportsWildcard: true,
      imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true,
      omitQuotationForMultipartRequest: true, bulkDataURI: { enabled: true },
    },
  }],
};

function forward(request, response, orthancPort) {
  const upstream = http.request(
    { host: '127.0.0.1', port: orthancPort, path: request.url, method: request.method, headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode, { ...answer.headers, ...ISOLATION });
      answer.pipe(response);
    });
  upstream.on('error', (error) => response.writeHead(502).end(String(error)));
  request.pipe(upstream);
}

function answerWithFile(dist, pathname, response) {
  const wanted = path.join(dist, path.normalize(pathname));
  const isFile = wanted.startsWith(dist + path.sep) && fs.statSync(wanted, { throwIfNoEntry: false })?.isFile();
  const file = isFile ? wanted : path.join(dist, 'index.html'); // the viewer's own routes are no files
  response.writeHead(200, { ...ISOLATION, 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
  fs.createReadStream(file).pipe(response);
}

/** Resolves to { url, close } when the server listens. */
export function serveOhif({ dist, orthancPort }) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://viewer');
    if (/^\/(dicom-web|wado)(\/|$)/.test(pathname)) {
      forward(request, response, orthancPort);
    } else if (pathname === '/app-config.js') {
      response.writeHead(200, { ...ISOLATION, 'Content-Type': TYPES['.js'] });
      response.end(`window.config = ${JSON.stringify(CONFIGURATION)};`);
    } else {
      answerWithFile(dist, pathname, response);
    }
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve({
      url: `http://127.0.0.1:${server.address().port}`,
      close: () => { server.close(); server.closeAllConnections(); },
    }));
  });
}
