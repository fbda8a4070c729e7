# resolve
