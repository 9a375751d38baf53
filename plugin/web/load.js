// SPDX-License-Identifier: GPL-3.0-or-later
// A component's data: loaded when what it depends on changes, or when reload() is called. The older answer is shown until then.
import { useCallback, useEffect, useRef, useState } from './view.js';

/** `load(signal)` answers the data. Returns {data, error, reload, change}; change() sets the data from outside. */
export function useLoaded(load, depends) {
  const [state, setState] = useState({ data: null, error: null });
  const newest = useRef(load);
  newest.current = load;
  const current = useRef(null);
  const reload = useCallback(async () => {
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    try {
      const data = await newest.current(controller.signal);
      if (!controller.signal.aborted) setState({ data, error: null });
    } catch (error) {
      if (!controller.signal.aborted) setState((before) => ({ data: before.data, error }));
    }
  }, []);
  useEffect(() => {
    reload();
    return () => current.current?.abort();
  }, depends);
  const change = useCallback((how) => setState((before) => ({ ...before, data: how(before.data) })), []);
  return { ...state, reload, change };
}
