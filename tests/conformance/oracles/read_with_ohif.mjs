// SPDX-License-Identifier: GPL-3.0-or-later
// read_with_ohif.mjs NODE_FOLDER FOLDER...: what OHIF's own code makes of both results. In each folder seg.dcm and map.dcm
// become labels.raw (slices ascending along row x column) and map.raw (as the viewer puts it into its volume), beside the
// series in source/. Where the viewer cannot open the map, its message is written to map.error instead.

import fs from 'fs';
import { createRequire } from 'module';
import path from 'path';
import { pathToFileURL } from 'url';

const [nodeFolder, ...folders] = process.argv.slice(2).map((p) => path.resolve(p));
const require = createRequire(path.join(nodeFolder, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const esm = (name, entry) => import(pathToFileURL(path.join(nodeFolder, 'node_modules', name, entry)));

const dcmjs = (await load('dcmjs')).default;
const adapters = await esm('@cornerstonejs/adapters', 'dist/esm/index.js');
const core = await esm('@cornerstonejs/core', 'dist/esm/index.js');
const { DicomMessage, DicomMetaDictionary } = dcmjs.data;

const bytesOf = (file) => {
  const bytes = fs.readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};
const datasetOf = (file) => {
  const message = DicomMessage.readFile(bytesOf(file));
  const dataset = DicomMetaDictionary.naturalizeDataset(message.dict);
  dataset._meta = DicomMetaDictionary.namifyDataset(message.meta);
  return dataset;
};
const numbers = (values) => values.map(Number);

let datasets = {};

const planeOf = (d) => {
  const orientation = numbers(d.ImageOrientationPatient);
  return {
    frameOfReferenceUID: d.FrameOfReferenceUID, rows: d.Rows, columns: d.Columns,
    imageOrientationPatient: orientation, rowCosines: orientation.slice(0, 3), columnCosines: orientation.slice(3),
    imagePositionPatient: numbers(d.ImagePositionPatient), pixelSpacing: numbers(d.PixelSpacing),
    rowPixelSpacing: Number(d.PixelSpacing[0]), columnPixelSpacing: Number(d.PixelSpacing[1]),
    sliceThickness: Number(d.SliceThickness),
  };
};
const modules = {
  instance: (d) => d,
  generalImageModule: (d) => ({ sopInstanceUID: d.SOPInstanceUID, instanceNumber: d.InstanceNumber }),
  generalSeriesModule: (d) => ({ modality: 'MR', seriesInstanceUID: d.SeriesInstanceUID }),
  imagePixelModule: (d) => ({
    rows: d.Rows, columns: d.Columns, bitsAllocated: 16, bitsStored: 12, highBit: 11, pixelRepresentation: 0,
    samplesPerPixel: 1, photometricInterpretation: 'MONOCHROME2',
  }),
  voiLutModule: () => ({ windowCenter: 500, windowWidth: 1000 }),
  imagePlaneModule: planeOf,
};
core.metaData.addProvider((type, id) => (datasets[id] && modules[type] ? modules[type](datasets[id]) : undefined), 10000);

async function read(folder) {
  const source = path.join(folder, 'source');
  datasets = {};
  for (const name of fs.readdirSync(source)) datasets[`${folder}:${name}`] = datasetOf(path.join(source, name));
  const { sortedImageIds } = core.utilities.sortImageIdsAndGetSpacing(Object.keys(datasets));
  const first = planeOf(datasets[sortedImageIds[0]]);
  const [r, c] = [first.rowCosines, first.columnCosines];
  const normal = [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]];
  const along = (id) => planeOf(datasets[id]).imagePositionPatient.reduce((sum, value, i) => sum + value * normal[i], 0);
  const ascending = along(sortedImageIds[1]) > along(sortedImageIds[0]);
  const count = first.rows * first.columns;

  const seg = await adapters.adaptersSEG.Cornerstone3D.Segmentation.createLabelmapsFromDICOMBuffer(
    sortedImageIds, bytesOf(path.join(folder, 'seg.dcm')), core.metaData, { tolerance: 1e-3, parserType: 'bitmap' });
  if (seg.overlappingSegments || seg.labelMapImages.length !== 1) throw new Error('the viewer finds overlapping segments');
  const valueOf = { 'Vertebrae': 1, 'Spinal canal': 100, 'Intervertebral discs': 201 };
  const labels = new Uint8Array(count * sortedImageIds.length);
  sortedImageIds.forEach((_, k) => {
    const slice = ascending ? k : sortedImageIds.length - 1 - k;
    const cells = seg.labelMapImages[0][k].voxelManager.getScalarData();
    for (let i = 0; i < count; ++i)
      if (cells[i]) labels[slice * count + i] = valueOf[seg.segMetadata.data[cells[i]].SegmentLabel];
  });
  fs.writeFileSync(path.join(folder, 'labels.raw'), labels);

  try {
    const map = await adapters.adaptersPMAP.Cornerstone3D.ParametricMap.generateToolState(
      sortedImageIds, bytesOf(path.join(folder, 'map.dcm')), core.metaData);
    if (!ascending) throw new Error('the viewer sorts against row x column: the map would be mirrored');
    fs.writeFileSync(path.join(folder, 'map.raw'), new Uint8Array(map.pixelData.buffer, map.pixelData.byteOffset, map.pixelData.byteLength));
  } catch (error) {
    fs.writeFileSync(path.join(folder, 'map.error'), String(error.message));
  }
}

for (const folder of folders) await read(folder);
process.exit(0);
