// Zoom and position of a picture on a stage; pure.

export interface View {
  /** Screen pixels for each pixel of the picture. */
  scale: number;
  /** Where the picture's top left corner is on the stage. */
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

const MOST = 40;
const AIR = 0.97;

/** The whole picture in the middle of the stage. */
export function fitted(picture: Size, stage: Size): View {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height) * AIR || 1;
  return {
    scale,
    x: (stage.width - picture.width * scale) / 2,
    y: (stage.height - picture.height * scale) / 2,
  };
}

/** Zoomed by a factor, so that what is at (x, y) of the stage stays there. */
export function zoomed(
  view: View,
  factor: number,
  at: { x: number; y: number },
  picture: Size,
  stage: Size,
): View {
  const least = fitted(picture, stage).scale;
  const scale = Math.min(Math.max(view.scale * factor, least / 2), Math.max(MOST, least));
  const ratio = scale / view.scale;
  return kept(
    { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio },
    picture,
    stage,
  );
}

export function moved(view: View, dx: number, dy: number, picture: Size, stage: Size): View {
  return kept({ ...view, x: view.x + dx, y: view.y + dy }, picture, stage);
}

/** Moved, and zoomed out if it must be, so that a part of the picture is seen with air around it. */
export function shown(
  view: View,
  part: { x: number; y: number; width: number; height: number },
  picture: Size,
  stage: Size,
): View {
  const inside =
    view.x + part.x * view.scale >= 0 &&
    view.y + part.y * view.scale >= 0 &&
    view.x + (part.x + part.width) * view.scale <= stage.width &&
    view.y + (part.y + part.height) * view.scale <= stage.height;
  if (inside) return view;
  const scale = Math.min(
    view.scale,
    (stage.width * 0.8) / (part.width || 1),
    (stage.height * 0.8) / (part.height || 1),
  );
  const x = stage.width / 2 - (part.x + part.width / 2) * scale;
  const y = stage.height / 2 - (part.y + part.height / 2) * scale;
  return kept({ scale, x, y }, picture, stage);
}

/** Some of the picture always stays on the stage. */
function kept(view: View, picture: Size, stage: Size): View {
  const [width, height] = [picture.width * view.scale, picture.height * view.scale];
  const margin = 40;
  return {
    scale: view.scale,
    x: Math.min(Math.max(view.x, margin - width), stage.width - margin),
    y: Math.min(Math.max(view.y, margin - height), stage.height - margin),
  };
}
