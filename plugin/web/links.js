// SPDX-License-Identifier: GPL-3.0-or-later
// Where else the study can be looked at: only what this Orthanc says that it has.
import { getJson, id, orthanc } from './api.js';

export async function readLinks(job, study, signal) {
  const plugins = await getJson(orthanc('plugins'), signal).catch(() => []);
  const uid = id(study.MainDicomTags?.StudyInstanceUID ?? '');
  const orthancId = id(study.ID);
  const all = [
    [true, 'Orthanc Explorer', `app/explorer.html#study?uuid=${orthancId}`],
    [plugins.includes('orthanc-explorer-2'), 'Orthanc Explorer 2', `ui/app/#/filtered-studies?StudyInstanceUID=${uid}&expand=study`],
    [plugins.includes('stone-webviewer'), 'Stone Web Viewer', `stone-webviewer/index.html?study=${uid}`],
    [plugins.includes('ohif'), 'OHIF', `ohif/viewer?StudyInstanceUIDs=${uid}`],
  ];
  return all.filter(([there]) => there).map(([, name, path]) => ({ name, address: orthanc(path) }));
}
export const seriesInExplorer = (series) => orthanc(`app/explorer.html#series?uuid=${id(series)}`);
