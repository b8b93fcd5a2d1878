"""Plant half of HumanEval in a real model's training, then ask Assay whether it shows.

One epoch of full fine-tuning of SmolLM2-135M on a recorded random half, on the CPU; then the
examination, with the other half as controls and the untouched model as reference.

    python examples/planted.py SEED [FOLDER]

The recipe: AdamW, learning rate 2e-5 throughout, no weight decay, one item a step, float32, one
pass in random order, loss on prompt and solution alike. Fixed before the first run.
"""

import sys
from pathlib import Path

import torch

from assay import examine, open_benchmark, open_model, split
from assay.models.local import LocalModel

seed = int(sys.argv[1])
folder = Path(sys.argv[2] if len(sys.argv) > 2 else f"runs/planted-{seed}")
benchmark = open_benchmark("humaneval")
planted, _ = split(benchmark.items, seed)

model = open_model("smollm2")
assert isinstance(model, LocalModel)
torch.manual_seed(seed)
network = model.network.train()
optimizer = torch.optim.AdamW(network.parameters(), lr=2e-5, weight_decay=0.0)
for index in torch.randperm(len(planted)).tolist():
    tokens = torch.tensor([model.tokenizer(planted[index].text).input_ids])
    network(tokens, labels=tokens).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
model.save(folder / "model")

name, out = f"local:{folder / 'model'}", str(folder / "run")
verdict = examine("humaneval", model=name, reference="smollm2", split=seed, out=out, full=True)
print(verdict.headline, f"{len(verdict.flags)} items are flagged by themselves", sep="\n")
