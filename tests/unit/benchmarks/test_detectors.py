from benchmarks import detectors


def test_the_heavy_detector_is_the_same_every_time_and_has_the_layout_of_yolov8() -> None:
    detector = detectors.heavy()

    assert detector.file == detectors.heavy().file
    assert detector.manifest.head == "yolov8-detect"
    assert detector.manifest.input.size == (320, 320)


def test_scenes_go_round() -> None:
    scenes = detectors.scenes(201)

    assert len(scenes) == 201
    assert scenes[0] == scenes[200] != scenes[1]
