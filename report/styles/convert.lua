-- Converts documents, each to its formats, in one run of pandoc: each is read once, and what
-- pandoc needs to begin is needed once. The argument names a file with the list, as JSON; what is
-- remarked of each goes to the standard error, after a record separator.

local function content(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

-- What is made of a file once, for all documents.
local function once(make)
  local made = {}
  return function(path)
    made[path] = made[path] or make(path)
    return made[path]
  end
end

local template = once(function(path) return pandoc.template.compile(content(path)) end)

-- The filter runs as pandoc would run it: with the name of the format, and with its context.
local known = {}
local own = { getenv = function(name) return known[name] end }
local around = setmetatable({ os = setmetatable(own, { __index = os }) }, { __index = _G })
local filter = once(function(path) return assert(loadfile(path, "t", around)) end)

local documents = {} -- as they were read, by their text and the kind of pictures

local function document(asked)
  local name = asked.source .. "." .. asked.pictures
  if not documents[name] then
    local options = { default_image_extension = asked.pictures }
    -- With no files to read from, whatever the text says.
    documents[name] = pandoc.read(content(asked.source), "markdown", options, {})
  end
  return documents[name]:clone()
end

local function convert(asked)
  local doc = document(asked)
  for name, value in pairs(asked.metadata) do
    doc.meta[name] = value
  end
  around.FORMAT, known.EVALUATIE_CONTEXT = asked.to, asked.context
  filter(asked.filter)()
  doc = around.Pandoc(doc)
  if asked.citeproc then
    doc = pandoc.utils.citeproc(doc)
  end
  local options = asked.options
  options.template = options.template and template(options.template)
    or pandoc.template.compile(pandoc.template.default(asked.to))
  local file = assert(io.open(asked.out, "wb"))
  -- Typst would make citations itself.
  file:write(pandoc.write(doc, asked.to == "typst" and "typst-citations" or asked.to, options))
  file:close()
end

for _, asked in ipairs(pandoc.json.decode(content(arg[1]), false)) do
  io.stderr:write("\30")
  local done, message = pcall(convert, asked)
  if not done then
    io.stderr:write(tostring(message))
  end
end
