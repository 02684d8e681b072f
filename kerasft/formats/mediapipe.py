"""Code for the model card of a file that a classifier of MediaPipe Tasks reads, for Android and iOS."""

from __future__ import annotations

from dataclasses import dataclass

VERSIONS = "[0.10.26,2.0)"  # the first whose libraries fit Android's pages of 16 KB

ABOUT = """## In an app, with MediaPipe Tasks

MediaPipe 1.x sends usage metrics to Google, every 60 seconds and when it is closed, and leaves it to the author of the
app to ask the users. On a web page `connect-src 'self'` in the Content-Security-Policy stops that, and it answers all
the same. LiteRT, above, needs no such care."""


@dataclass(frozen=True)
class Use:
    """What an app does with the categories of a result, names with scores, the highest first.

    Args:
        kotlin: The lines, in which `categories` is their list.
        swift: The same in Swift.
    """

    kotlin: str
    swift: str


@dataclass(frozen=True)
class Classifier:
    """A task of MediaPipe that classifies.

    Args:
        kind: "Text" or "Image".
        group: Of its Android package.
        pod: Of its iOS package.
        result: What a result is called.
        kotlin: What is classified, in Kotlin.
        swift: The same in Swift.
        imports: Further lines of Kotlin's imports.
    """

    kind: str
    group: str
    pod: str
    result: str
    kotlin: str
    swift: str
    imports: str = ""

    def code(self, file: str, use: Use) -> str:
        """Returns the lines for a `.tflite` file, and for what it answers."""
        kind, group, pod, result = self.kind, self.group, self.pod, self.result
        package = f"com.google.mediapipe.tasks.{group}.{kind.lower()}classifier"
        return f"""{ABOUT}

Android, `implementation("com.google.mediapipe:tasks-{group}:{VERSIONS}")`, the file in `assets/`:

```kotlin
{self.imports}import {package}.{kind}Classifier

val classifier = {kind}Classifier.createFromFile(context, "{file}")
val {result}Result = classifier.classify({self.kotlin})
val categories = {result}Result.classificationResult().classifications()[0].categories()
{use.kotlin}
```

iOS, `pod '{pod}'`, the file in the app's bundle:

```swift
import {pod}

let path = Bundle.main.path(forResource: "{file.removesuffix(".tflite")}", ofType: "tflite")!
let classifier = try {kind}Classifier(modelPath: path)
let result = try classifier.classify({self.swift})
let categories = result.classificationResult.classifications[0].categories
{use.swift}
```"""
