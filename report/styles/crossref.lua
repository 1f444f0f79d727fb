-- Numbers figures, tables and sections, resolves references to them, and builds the
-- callouts, figures and tables that Markdown cannot express. Both engines run it on the document
-- as it was read, so that both make the same; Quarto does nothing more than include files.
--
-- Where files lie and what pictures stand for others is in a JSON file named by the environment
-- variable EVALUATIE_CONTEXT. What is found wrong goes, all at once, to the file named there as
-- `errors`; the caller turns it into file and line. Without one (`quarto render` in a project),
-- files start from the document and what is wrong is said and ends the run.

local utils = pandoc.utils
local html = FORMAT:match("html") ~= nil
local typst = FORMAT == "typst"
local office = FORMAT == "docx" -- for word processors

local context = { bitmaps = {}, root = ".", prefix = "", number_sections = true }
local errors = pandoc.List()
local labels = {} -- label -> { kind, number }
local numbers = { fig = 0, tbl = 0 }
local sections = {}

local kinds = { fig = true, tbl = true, sec = true }
local spoken = {
  nl = {
    fig = "Figuur", tbl = "Tabel", sec = "Paragraaf", math = "Formule", note = "Opmerking",
    tip = "Tip", warning = "Waarschuwing", important = "Belangrijk", caution = "Opgelet",
    contents = "Inhoudsopgave", references = "Referenties", skip = "Ga naar de hoofdinhoud",
    page = "Pagina", of = "van", region = "NL", other = "English",
    months = "januari februari maart april mei juni juli augustus september oktober november december",
  },
  en = {
    fig = "Figure", tbl = "Table", sec = "Section", math = "Formula", note = "Note",
    tip = "Tip", warning = "Warning", important = "Important", caution = "Caution",
    contents = "Table of contents", references = "References", skip = "Skip to main content",
    page = "Page", of = "of", region = "GB", other = "Nederlands",
    months = "January February March April May June July August September October November December",
  },
}
local words
local callouts = { note = true, tip = true, warning = true, important = true, caution = true }
local nbsp = "\u{a0}"

-- needle: text that stands in the source at the place of the error
local function fail(message, needle, last)
  errors:insert({ message = message, needle = needle or "", last = last or false })
end

local function word(kind)
  return words[kind]
end

local function kind_of(label)
  local kind = label:match("^(%a+)%-")
  return kinds[kind] and kind or nil
end

local function register(label, kind, number)
  if labels[label] then
    fail("the label '" .. label .. "' is used twice", "#" .. label, true)
  end
  labels[label] = { kind = kind, number = number }
end

local function count(kind, label)
  if label == nil or label == "" then
    return nil
  end
  numbers[kind] = numbers[kind] + 1
  register(label, kind, tostring(numbers[kind]))
  return tostring(numbers[kind])
end

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%s+", " ") .. '"'
end

local function escaped(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

local function raw(text)
  return pandoc.RawInline("typst", text)
end

local function raw_block(text)
  return pandoc.RawBlock("typst", text)
end

local function inlines_of(blocks)
  return utils.blocks_to_inlines(blocks, pandoc.Inlines({ pandoc.Space() }))
end

local function title_of(kind, number, caption)
  local result = pandoc.Inlines({})
  if number then
    result:insert(pandoc.Str(word(kind) .. nbsp .. number .. ": "))
  end
  result:extend(caption)
  return result
end

-- A part of the page that scrolls by itself and can be reached with the keyboard. Pairs, since
-- the order of a table's keys differs from run to run.
local function region(by, name, role)
  return { { "tabindex", "0" }, { "role", role or "region" }, { "aria-" .. by, name } }
end

-- A paragraph in one of the styles of a word processor.
local function styled(style, content)
  local blocks = utils.type(content) == "Blocks" and content
    or pandoc.Blocks({ pandoc.Para(content) })
  return pandoc.Div(blocks, pandoc.Attr("", {}, { { "custom-style", style } }))
end

-- A caption whose number the word processor knows as one of a sequence, so that it can list and
-- renumber them; what refers to it can find it by its bookmark.
local function office_caption(kind, label, number, caption)
  if not number then
    return caption
  end
  local name = word(kind)
  local result = pandoc.Inlines({ pandoc.Str(name .. nbsp) })
  result:insert(pandoc.RawInline(
    "openxml",
    '<w:fldSimple w:instr=" SEQ ' .. name .. ' \\* ARABIC "><w:r><w:t>' .. number
      .. "</w:t></w:r></w:fldSimple>"
  ))
  local marked = pandoc.Inlines({ pandoc.Span(result, pandoc.Attr(label)) })
  marked:extend({ pandoc.Str(":"), pandoc.Space() })
  marked:extend(caption)
  return marked
end

-- Figures ---------------------------------------------------------------------------------

local function bytes_of(path, size)
  local handle = io.open(path, "rb")
  if not handle then
    return nil
  end
  local data = handle:read(size or "a")
  handle:close()
  return data
end

-- The address of a picture on a page: the picture itself, which evaluatie puts there when pandoc is
-- done, since pandoc takes long over long texts.
local function address(file, mime)
  if not quarto then
    return "embed:" .. file
  end
  return "data:" .. mime .. ";base64," .. quarto.base64.encode(bytes_of(context.root .. "/" .. file))
end

-- The natural width of a picture in points, if it tells.
local function natural(path)
  local data = bytes_of(path, 2000) or ""
  local svg = data:match('<svg[^>]-%swidth="([%d.]+)pt"')
  if svg then
    return tonumber(svg)
  end
  if data:sub(2, 4) == "PNG" then
    local physical = data:sub(1, 200):find("pHYs", 1, true)
    -- Without a word on its density, a dot is a pixel of the page.
    local dots = physical and string.unpack(">I4", data, physical + 4) * 0.0254 or 96
    return string.unpack(">I4", data, 17) / dots * 72
  end
end

local pictures = 0

-- An image for a word processor: PNG or JPEG, as wide as the text at most.
local function office_image(file, mime, alt)
  local known = context.bitmaps[file]
  if known then
    file, mime = known.file, "image/png"
  end
  local width = known and known.width or natural(context.root .. "/" .. file)
  pictures = pictures + 1
  local name = "picture-" .. pictures .. (mime == "image/png" and ".png" or ".jpg")
  pandoc.mediabag.insert(name, mime, bytes_of(context.root .. "/" .. file) or "")
  local image = pandoc.Image(pandoc.Inlines({ pandoc.Str(alt) }), name)
  if width then
    -- The text is 158 mm wide.
    image.attributes.width = string.format("%.3fin", math.min(width, 447) / 72)
  end
  return image
end

-- The letters of a page that brings its own, styles/fonts.css: the heaviest part of what comes
-- before the first figure, and no word waits for them. So they come after that figure, or last.
local lettered = false

local function letters()
  local file = context.prefix .. "styles/fonts.css"
  local found = not lettered and html and bytes_of(context.root .. "/" .. file, quarto and "a" or 1)
  lettered = true
  local style = found and "<style>" .. (quarto and found or "embed:" .. file) .. "</style>"
  return pandoc.Blocks(style and { pandoc.RawBlock("html", style) } or {})
end

-- file: path from the root of the build
local function figure(label, file, mime, alt, caption)
  local number = count("fig", label)
  if office then
    local image = office_image(file, mime, alt)
    -- Quarto prints the words of a picture that stands by itself below it.
    local alone = pandoc.Inlines({ image, pandoc.RawInline("openxml", "") })
    return pandoc.Blocks({
      styled("Captioned Figure", alone),
      styled("Image Caption", office_caption("fig", label, number, caption)),
    })
  end
  local width = natural(context.root .. "/" .. file)
  if typst then
    local size = width and width <= 360 and string.format("%.2fpt", width) or "100%"
    local inlines = pandoc.Inlines({ raw(
      "#figure(image(" .. quoted("/" .. file) .. ", alt: " .. quoted(alt) .. ", width: " .. size
        .. '), kind: "quarto-float-fig", supplement: [' .. word("fig") .. "], numbering: "
        .. (number and '"1"' or "none") .. ", caption: figure.caption(position: bottom)["
    ) })
    inlines:extend(caption)
    inlines:insert(raw("])" .. (number and ("<" .. label .. ">") or "")))
    return pandoc.Blocks({ pandoc.Plain(inlines) })
  end
  -- As raw HTML, for pandoc knows no picture of two forms.
  local image = '<img class="figure-img' .. (width and width > 360 and " figure-wide" or "")
    .. '" alt="' .. escaped(alt):gsub('"', "&quot;") .. '"'
    .. (width and ' width="' .. math.floor(width * 96 / 72 + 0.5) .. '"' or "")
    .. ' src="' .. address(file, mime) .. '">'
  -- A telephone gets the form that was drawn for it.
  local narrow = file:gsub("%.svg$", "-narrow.svg")
  if narrow ~= file and bytes_of(context.root .. "/" .. narrow, 1) then
    image = '<picture><source media="(max-width: 40rem)" srcset="' .. address(narrow, mime) .. '">'
      .. image .. "</picture>"
  end
  local blocks = pandoc.Blocks({ pandoc.Plain({ pandoc.RawInline("html", image) }) })
  local name = word("fig") .. (number and (nbsp .. number) or "")
  -- Without a number its name is not unique, and a landmark needs one.
  local role = number and "region" or "group"
  local inside = pandoc.Div(blocks, pandoc.Attr("", { "figure-scroll" }, region("label", name, role)))
  local opening = '<figure class="quarto-float quarto-float-fig"'
    .. (number and (' id="' .. label .. '"') or "") .. ">"
  local text = pandoc.Inlines({ pandoc.RawInline("html", "<figcaption>") })
  text:extend(title_of("fig", number, caption))
  text:insert(pandoc.RawInline("html", "</figcaption>"))
  local result = pandoc.Blocks({
    pandoc.RawBlock("html", opening), inside, pandoc.Plain(text), pandoc.RawBlock("html", "</figure>"),
  })
  result:extend(letters())
  return result
end

local mimes = { svg = "image/svg+xml", png = "image/png", jpg = "image/jpeg", jpeg = "image/jpeg" }

-- Returns the file and kind of an image in the text, or nothing.
local function image_file(image)
  local mime = mimes[(image.src:match("%.(%w+)$") or ""):lower()]
  if image.src:match("^%a[%w+.-]*:") or image.src:match("^/") or image.src:match("%.%.") then
    fail("an image must be a file of the project", image.src)
  elseif not mime then
    fail("an image must be SVG, PNG or JPEG", image.src)
  elseif not bytes_of(context.root .. "/" .. context.prefix .. image.src, 1) then
    fail("the image '" .. image.src .. "' does not exist", image.src)
  else
    return context.prefix .. image.src, mime
  end
end

local function author_figure(element)
  local image
  element:walk({ Image = function(each) image = image or each end })
  if not image then
    return nil
  end
  local file, mime = image_file(image)
  local alt = image.attributes["fig-alt"] or ""
  if not alt:match("%S") then
    fail("the figure has no alternative text; give it 'fig-alt'", image.src)
  end
  if not file then
    return pandoc.Blocks({})
  end
  return figure(element.identifier, file, mime, alt, inlines_of(element.caption.long))
end

-- Tables ----------------------------------------------------------------------------------

local function scope(rows, name, only_first)
  for _, row in ipairs(rows) do
    for position, cell in ipairs(row.cells) do
      if not only_first or position == 1 then
        cell.attr.attributes.scope = name
      end
    end
  end
end

-- Before pandoc 3.6 the text of a cell is that of its contents only, which takes twice as long.
local whole = PANDOC_VERSION >= "3.6"

local function text_of(cell)
  return utils.stringify(whole and cell or cell.contents)
end

local function plain_cells(tbl)
  local simple = true
  tbl:walk({
    Para = function() simple = false end,
    BulletList = function() simple = false end,
    OrderedList = function() simple = false end,
  })
  return simple
end

-- How wide the signs from space to tilde are, in thousandths of a letter's size; figures are all
-- as wide as each other. Bold signs are a little wider.
local advances = {
  200, 289, 426, 497, 497, 824, 609, 249, 303, 303, 418, 497, 249, 311, 249, 350, 497, 497, 497, 497,
  497, 497, 497, 497, 497, 497, 249, 249, 497, 497, 497, 425, 847, 544, 588, 571, 615, 527, 494, 617,
  652, 263, 480, 579, 486, 727, 647, 664, 566, 664, 569, 534, 536, 645, 515, 786, 513, 476, 539, 303,
  350, 303, 497, 500, 542, 504, 553, 456, 555, 496, 292, 504, 544, 246, 247, 495, 255, 829, 547, 542,
  555, 555, 347, 419, 338, 544, 467, 718, 446, 467, 425, 303, 241, 303, 497,
}
local rare = {
  [0xa0] = 202, [0x2013] = 480, [0x2018] = 249, [0x2019] = 249, [0x201c] = 426, [0x201d] = 426,
  [0x200b] = 0, [0x2026] = 948, [0x2192] = 619, [0x2212] = 497,
}
local bold = 1.034

-- How long a text is on one line, and its longest word, in sizes of its letter.
local function extent(text)
  local line, word, longest = 0, 0, 0
  for _, sign in utf8.codes(text, true) do
    local advance = advances[sign - 31] or rare[sign] or (sign < 0x800 and 545 or 1000)
    line = line + advance
    word = (sign == 32 or sign == 0x200b) and 0 or word + advance
    longest = math.max(longest, word)
  end
  return line / 1000, longest / 1000
end

-- Code can be broken after any eight signs of a long word.
local measured = {
  Code = function(code)
    return pandoc.Str((code.text:gsub("%S+", function(word)
      return #word > 24 and word:gsub("........", "%0\u{200b}") or nil
    end)))
  end,
}

local function texts_of(row)
  return row.cells:map(text_of)
end

-- Per column, in points: what it needs at least, what it needs for everything on one line, what
-- makes it pleasant to read, and what each of its rows needs. What is short never wraps:
-- figures, and texts up to a width.
local function needs_of(tbl, size, unbroken)
  tbl = tbl:walk(measured)
  local heads, rows = tbl.head.rows:map(texts_of), pandoc.List()
  for _, body in ipairs(tbl.bodies) do
    rows:extend(body.body:map(texts_of))
  end
  local inset = 1.24 * size + 0.2
  return tbl.colspecs:map(function(spec, position)
    local whole = spec[1] == "AlignRight" and 95 or unbroken
    local title, heading, longest, least = 0, 0, 0, 0
    for _, row in ipairs(heads) do
      local line, word = extent(row[position] or "")
      title, heading = math.max(title, bold * line * size), math.max(heading, bold * word * size)
    end
    local cells = rows:map(function(row)
      local line, word = extent(row[position] or "")
      longest = math.max(longest, line * size)
      return { line * size, word * size }
    end)
    for _, cell in ipairs(cells) do
      least = math.max(least, cell[1] <= whole and cell[1] or cell[2])
    end
    local needed = pandoc.List({ title + inset })
    needed:extend(cells:map(function(cell) return cell[1] + inset end))
    return {
      least = inset + math.max(least, heading),
      most = inset + math.max(longest, title),
      -- Text is pleasant to read from about four words a line.
      pleasant = inset + math.max(math.min(longest, math.max(least, 110)), heading),
      rows = needed,
    }
  end)
end

local function sum(listed, key)
  local total = 0
  for _, each in ipairs(listed) do
    total = total + (key and each[key] or each)
  end
  return total
end

-- How many lines each row takes.
local function lines_of(needs, widths)
  local result = pandoc.List()
  for row in ipairs(needs[1].rows) do
    result[row] = 1
    for position, need in ipairs(needs) do
      if need.rows[row] > widths[position] then
        result[row] = math.max(result[row], math.ceil(1.05 * need.rows[row] / widths[position]))
      end
    end
  end
  return result
end

-- The same widths, moved between columns as long as that takes lines off the table.
local function with_fewer_lines(needs, widths)
  local fewest = sum(lines_of(needs, widths))
  for _, step in ipairs({ 48, 24, 12, 6 }) do
    for to, need in ipairs(needs) do
      for from, other in ipairs(needs) do
        if from ~= to and widths[to] < need.most and widths[from] - step >= other.least then
          local tried = widths:clone()
          tried[to], tried[from] = tried[to] + step, tried[from] - step
          local found = sum(lines_of(needs, tried))
          if found < fewest then
            widths, fewest = tried, found
          end
        end
      end
    end
  end
  return widths:map(function(width, position)
    return math.min(width, math.max(needs[position].most, needs[position].least))
  end)
end

-- The widths of columns that together fill the room at most. What is left when each has the least
-- goes, a little at a time, to the column that makes the most rows high.
local function shared(needs, room)
  local whole = needs:map(function(each) return math.max(each.most, each.least) end)
  if sum(whole) <= room then
    return whole
  end
  local widths = needs:map(function(each) return each.least end)
  local left, step = room - sum(widths), 6
  while left >= step do
    local high = needs:map(function() return 0 end)
    for row in ipairs(needs[1].rows) do
      local worst, most = nil, 1.001
      for position, need in ipairs(needs) do
        local lines = need.rows[row] / widths[position]
        if widths[position] < need.most and lines > most then
          worst, most = position, lines
        end
      end
      if worst then
        high[worst] = high[worst] + most * most - 1
      end
    end
    local chosen, most = nil, 0
    for position, each in ipairs(high) do
      if each > most then
        chosen, most = position, each
      end
    end
    if not chosen then
      break
    end
    local more = math.min(step, whole[chosen] - widths[chosen])
    widths[chosen] = widths[chosen] + more
    left = left - more
  end
  return with_fewer_lines(needs, widths)
end

local lengths = { mm = 72 / 25.4, cm = 72 / 2.54, ["in"] = 72, pt = 1 }

-- How wide the text is on a page that stands and on one that lies, in points.
local function rooms()
  local number, unit = tostring(context.margin or "26mm"):match("^([%d.]+)(%a+)$")
  local sides = 2 * (tonumber(number) or 26) * (lengths[unit] or lengths.mm)
  return 595.28 - sides, 841.89 - sides
end

-- Gives each column a width, for neither typst nor word processors divide a page well. A table
-- that is too wide for the page gets smaller letters, of typst; if even its longest words do not
-- fit, it gets a page on its side. Returns the size of its letters and about how high it is, in
-- points, and whether it lies. Nothing for a table that holds more than lines.
local function fitted(tbl, usual, plain)
  if #tbl.colspecs < 2 or not plain then
    return nil
  end
  local upright, lying = rooms()
  local needs = needs_of(tbl, usual, 82)
  if office and sum(needs, "least") > upright then -- its letters keep their size
    needs = needs_of(tbl, usual, 0)
  end
  local function fitting(key, room, sizes)
    return pandoc.List(sizes):find_if(function(size) return sum(needs, key) * size <= room end)
  end
  local size = fitting("most", upright, office and { 1 } or { 1, 0.95 })
    or fitting("pleasant", upright, office and { 1 } or { 1, 0.95, 0.9, 0.86 })
    or fitting("least", upright, office and { 1, 0.95 } or { 0.95, 0.9, 0.86, 0.8 })
  local turned = not size
  local room = turned and lying or upright
  size = size or fitting("least", lying, { 0.95, 0.9, 0.86, 0.8, 0.75, 0.7, 0.65, 0.6 }) or 0.55
  local widths = shared(needs, room / size)
  tbl.colspecs = tbl.colspecs:map(function(spec, position)
    return { spec[1], widths[position] * size / room }
  end)
  local high = 0
  for _, lines in ipairs(lines_of(needs, widths)) do
    high = high + (1.18 * lines + 0.4) * usual * size
  end
  return usual * size, high, turned
end

-- The start and end of pages on their side; the section itself is written when all is known.
local function on_its_side(blocks)
  local function mark(name)
    return pandoc.RawBlock(
      "openxml", '<w:p><w:pPr><w:sectPr w:rsidR="' .. name .. '"/></w:pPr></w:p>'
    )
  end
  local result = pandoc.Blocks({ mark("upright") })
  result:extend(blocks)
  result:insert(mark("turned"))
  return result
end

-- A table of words stands row by row below each other where a screen is too narrow for it: each
-- cell then tells what heads its column.
local function stacked(tbl)
  if #tbl.colspecs < 3 or #tbl.head.rows ~= 1
    or tbl.colspecs:find_if(function(spec) return spec[1] == "AlignRight" end) then
    return
  end
  local heads = texts_of(tbl.head.rows[1])
  local longest = 0
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.body) do
      for position, cell in ipairs(row.cells) do
        cell.attr.attributes["data-head"] = position > 1 and heads[position] or nil
        longest = math.max(longest, #text_of(cell))
      end
    end
  end
  if longest > 60 then
    tbl.classes:insert("stacked")
  end
end

-- A table with its caption, numbered if it has a label.
local function tabular(tbl, label, caption)
  local number = count("tbl", label)
  tbl = tbl:clone()
  tbl.caption = { long = {}, short = nil }
  tbl.identifier = ""
  local plain = plain_cells(tbl)
  if plain then
    -- Long rows of a pipe table would get widths from its dashes; the page knows better.
    tbl.colspecs = tbl.colspecs:map(function(spec) return { spec[1], nil } end)
  end
  if typst then
    tbl.classes:insert("typst:no-figure")
    local size, high, turned = fitted(tbl, 9, plain)
    local rule = size and string.format(
      "#show figure: house-fitted.with(size: %.2fpt, high: %.0fpt, turned: %s)\n", size, high, turned
    ) or ""
    local opening = "#[\n" .. rule .. '#figure(kind: "quarto-float-tbl", supplement: [' .. word("tbl")
      .. "], numbering: " .. (number and '"1"' or "none") .. ", caption: "
    local inlines = pandoc.Inlines({ raw(opening) })
    if #caption > 0 then
      inlines:insert(raw("figure.caption(position: top)["))
      inlines:extend(caption)
      inlines:insert(raw("]"))
    else
      inlines:insert(raw("none"))
    end
    inlines:insert(raw(", ["))
    return pandoc.Blocks({
      pandoc.Plain(inlines), tbl,
      raw_block("])" .. (number and ("<" .. label .. ">") or "") .. "\n]"),
    })
  end
  if office then
    local result = pandoc.Blocks({})
    if #caption > 0 then
      result:insert(styled("Table Caption", office_caption("tbl", label, number, caption)))
    end
    local _, _, turned = fitted(tbl, 8.5, plain)
    result:insert(tbl)
    return turned and on_its_side(result) or result
  end
  scope(tbl.head.rows, "col")
  stacked(tbl)
  local alignment = tbl.colspecs[1] and tbl.colspecs[1][1]
  if #tbl.colspecs > 1 and (alignment == "AlignDefault" or alignment == "AlignLeft") then
    for _, body in ipairs(tbl.bodies) do
      -- A head that says nothing is none.
      if not body.body:find_if(function(row) return text_of(row.cells[1]) == "" end) then
        body.row_head_columns = 1
        scope(body.body, "row", true)
      end
    end
  end
  -- Without a number its caption may not be unique, and a landmark needs a name that is.
  local role = number and "region" or "group"
  local around = region("label", word("tbl"), role)
  if #caption > 0 then
    context.regions = (context.regions or 0) + 1
    local name = (number and label or ("table-" .. context.regions)) .. "-caption"
    local text = pandoc.Span(title_of("tbl", number, caption), pandoc.Attr(name, { "caption-text" }))
    tbl.caption = { long = { pandoc.Plain({ text }) } }
    around = region("labelledby", name, role)
  end
  -- As raw HTML, for Quarto takes a division with such a label for a table of its own.
  local opening = '<div class="table-scroll"' .. (number and (' id="' .. label .. '"') or "")
  for _, pair in ipairs(around) do
    opening = opening .. " " .. pair[1] .. '="' .. pair[2] .. '"'
  end
  return pandoc.Blocks({
    pandoc.RawBlock("html", opening .. ">"), tbl, pandoc.RawBlock("html", "</div>"),
  })
end

-- The contents of a word processor: a field that it can renew, filled in already.

local contents_mark = "<!--contents-->"

local function run(inside)
  return "<w:r>" .. inside .. "</w:r>"
end

local function field(code, shown)
  return run('<w:fldChar w:fldCharType="begin"/>')
    .. run('<w:instrText xml:space="preserve"> ' .. code .. " </w:instrText>")
    .. run('<w:fldChar w:fldCharType="separate"/>') .. shown
end

local field_end = run('<w:fldChar w:fldCharType="end"/>')

local function office_contents(blocks)
  local rows = pandoc.List()
  for _, block in ipairs(blocks) do
    -- Longer names are shortened by pandoc.
    if block.t == "Header" and block.level <= 2 and #block.identifier <= 40 then
      local text = run('<w:t xml:space="preserve">' .. escaped(utils.stringify(block.content)) .. "</w:t>")
      rows:insert(
        '<w:pPr><w:pStyle w:val="TOC' .. block.level .. '"/><w:tabs><w:tab w:val="right" '
          .. 'w:leader="dot" w:pos="8940"/></w:tabs><w:spacing w:before="' .. (block.level == 1 and 120 or 0)
          .. '" w:after="0"/><w:ind w:left="' .. (block.level - 1) * 360 .. '"/></w:pPr>%s'
          .. '<w:hyperlink w:anchor="' .. block.identifier .. '" w:history="1">' .. text .. run("<w:tab/>")
          .. field("PAGEREF " .. block.identifier .. " \\h", "") .. field_end .. "</w:hyperlink>"
      )
    end
  end
  local result = '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
    .. '<w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent><w:p><w:pPr>'
    .. '<w:pStyle w:val="TOCHeading"/></w:pPr>' .. run("<w:t>" .. words.contents .. "</w:t>") .. "</w:p>"
  for position, row in ipairs(rows) do
    local opening = position == 1 and field('TOC \\o "1-2" \\h \\z \\u', "") or ""
    result = result .. "<w:p>" .. row:gsub("%%s", (opening:gsub("%%", "%%%%")))
      .. (position == #rows and field_end or "") .. "</w:p>"
  end
  return pandoc.RawBlock("openxml", result .. "</w:sdtContent></w:sdt>")
end

-- Callouts and divisions --------------------------------------------------------------------

local walk_blocks

local function callout(div, kind)
  local content = div.content
  local title
  if div.attributes.title then
    local parsed = pandoc.read(div.attributes.title, "markdown").blocks
    title = inlines_of(parsed)
  elseif content[1] and content[1].t == "Header" then
    title = content[1].content
    content = pandoc.Blocks({ table.unpack(content, 2) })
  else
    title = pandoc.Inlines({ pandoc.Str(word(kind)) })
  end
  content = walk_blocks(content)
  if typst then
    local inlines = pandoc.Inlines({ raw('#house-callout("' .. kind .. '")[') })
    inlines:extend(title)
    inlines:insert(raw("]["))
    local result = pandoc.Blocks({ pandoc.Plain(inlines) })
    result:extend(content)
    result:insert(raw_block("]"))
    return result
  end
  if office then
    local name = "Callout " .. kind:sub(1, 1):upper() .. kind:sub(2)
    return pandoc.Blocks({ styled(name .. " Title", title), styled(name, content) })
  end
  local opening = '<div class="callout callout-style-default callout-' .. kind .. '" role="note">'
  local header = pandoc.Span(title, pandoc.Attr("", { "callout-title-container" }))
  return pandoc.Blocks({
    pandoc.RawBlock("html", opening),
    pandoc.Plain({
      pandoc.RawInline("html", '<div class="callout-header">'), header, pandoc.RawInline("html", "</div>"),
    }),
    pandoc.Div(content, pandoc.Attr("", { "callout-body" })),
    pandoc.RawBlock("html", "</div>"),
  })
end

local numbering = { traverse = "topdown" }

walk_blocks = function(blocks)
  return pandoc.Blocks(blocks):walk(numbering)
end

function numbering.Div(div)
  local class = div.classes[1] or ""
  if class == "content-visible" then
    return html and walk_blocks(div.content) or pandoc.Blocks({}), false
  elseif div.identifier == "contents" then
    -- A page has its table of contents beside the text.
    if typst then
      return pandoc.Blocks({ raw_block("#block[] <contents>") }), false
    end
    return office and pandoc.Blocks({ pandoc.RawBlock("openxml", contents_mark) })
      or pandoc.Blocks({}), false
  elseif callouts[class:match("^callout%-(%a+)$") or ""] then
    return callout(div, class:match("%-(%a+)$")), false
  elseif div.identifier == "refs" then
    context.has_refs = true
    return nil, false
  elseif class == "small" then
    div.content = walk_blocks(div.content)
    if typst then
      div.content:insert(1, raw_block("#house-small["))
      div.content:insert(raw_block("]"))
      return div.content, false
    end
    return office and styled("Small", div.content) or div, false
  end
  fail("the division '" .. class .. "' is outside the subset that renders everywhere", class)
end

function numbering.Header(header)
  if not header.classes:includes("unnumbered") then
    for level = header.level + 1, 6 do
      sections[level] = nil
    end
    for level = 1, header.level - 1 do
      sections[level] = sections[level] or 0
    end
    sections[header.level] = (sections[header.level] or 0) + 1
  end
  local number
  if context.number_sections and not header.classes:includes("unnumbered") then
    number = table.concat(sections, ".", 1, header.level)
  end
  if header.identifier:match("^sec%-") then
    register(header.identifier, "sec", number)
  elseif kind_of(header.identifier) then
    fail("a heading's label begins with sec-", header.identifier)
  end
  if html then
    header.level = math.min(header.level + 1, 6)
  end
  if number and not typst then
    local attr = html and pandoc.Attr("", { "header-section-number" })
      or pandoc.Attr("", {}, { { "custom-style", "Section Number" } })
    header.content:insert(1, pandoc.Space())
    header.content:insert(1, pandoc.Span(pandoc.Str(number), attr))
    header.classes:insert("unnumbered") -- by anyone else
  end
  -- Quarto before 1.8 takes the label from a heading without a number, and links to it fail.
  if typst and header.identifier ~= "" and header.classes:includes("unnumbered") then
    local outlined = tostring(not header.classes:includes("unlisted"))
    -- The body ends where the appendices begin. A break within the heading would leave its place,
    -- and so its number in the contents, on the page before.
    local before = header.identifier == "sec-method" and "#pagebreak(weak: true)\n" or ""
    local title = pandoc.Inlines({ raw(
      before .. "#heading(level: " .. header.level .. ", numbering: none, outlined: " .. outlined .. ")["
    ) })
    title:extend(header.content)
    title:insert(raw("]<" .. header.identifier .. ">"))
    return pandoc.Plain(title), false
  end
  return header, false
end

function numbering.Figure(element)
  return author_figure(element), false
end

function numbering.Table(tbl)
  local label = tbl.identifier
  local caption = inlines_of(tbl.caption.long)
  local last = caption[#caption]
  local written_label = last and last.t == "Str" and last.text:match("^{#([%w_-]+)}$")
  if written_label then -- Quarto reads captions without attributes
    label = written_label
    caption:remove()
    if #caption > 0 and caption[#caption].t == "Space" then
      caption:remove()
    end
  end
  if label ~= "" and kind_of(label) ~= "tbl" then
    fail("a table's label begins with tbl-", "#" .. label)
  elseif label ~= "" and #caption == 0 then
    fail("the table '" .. label .. "' needs a caption", label)
  end
  return tabular(tbl, label, caption), false
end

-- A look ahead at all that was written, before anything is made of it.

local written = { traverse = "topdown" }

local function no_raw(element)
  if element.format ~= "html" or not element.text:match("^%s*<!%-%-") then
    fail(
      "raw " .. element.format .. " is shown in one format only, so it is outside the subset",
      element.text:match("[^\n]*")
    )
  end
  return {}
end

written.RawBlock = no_raw
written.RawInline = no_raw

-- What only a page shows may be HTML.
function written.Div(div)
  if div.classes[1] == "content-visible" then
    return div, false
  end
end

-- References ------------------------------------------------------------------------------

local known_keys

local function resolved(citation, grouped)
  local label = labels[citation.id]
  if not label then
    fail("the reference '@" .. citation.id .. "' points at nothing", "@" .. citation.id)
    return pandoc.Inlines({})
  end
  if not label.number then
    fail(
      "'@" .. citation.id .. "' refers to a heading without a number; set 'number-sections: true'",
      "@" .. citation.id
    )
    return pandoc.Inlines({})
  end
  if #citation.suffix > 0 then
    fail("a reference to a figure or table takes no further text", "@" .. citation.id)
  end
  local text = pandoc.Inlines({})
  if #citation.prefix > 0 then
    text:extend(citation.prefix)
    text:insert(pandoc.Str(nbsp))
  elseif citation.mode ~= "SuppressAuthor" then
    text:insert(pandoc.Str(word(label.kind) .. nbsp))
  end
  text:insert(pandoc.Str(label.number))
  return pandoc.Inlines({ pandoc.Link(text, "#" .. citation.id, "", { class = "quarto-xref" }) })
end

local references = {}

function references.Cite(cite)
  local crossed = 0
  for _, each in ipairs(cite.citations) do
    if kind_of(each.id) then
      crossed = crossed + 1
    elseif not known_keys[each.id] then
      fail("the citation '@" .. each.id .. "' is not in the bibliography", "@" .. each.id)
    end
  end
  if crossed == 0 then
    context.has_citations = true
    return nil
  end
  local first = cite.citations[1]
  if crossed < #cite.citations then
    fail(
      "a reference and a citation that touch lose the citation; put a word between them",
      "@" .. first.id
    )
    return pandoc.Inlines({})
  end
  local result = pandoc.Inlines({})
  for position, each in ipairs(cite.citations) do
    if position > 1 then
      result:extend({ pandoc.Str(","), pandoc.Space() })
    end
    result:extend(resolved(each))
  end
  return result
end

function references.Math(math)
  if html and math.mathtype == "DisplayMath" then
    -- A long formula scrolls by itself, also with the keyboard.
    local around = { { "tabindex", "0" }, { "role", "group" }, { "aria-label", word("math") } }
    return pandoc.Span({ math }, pandoc.Attr("", { "math-scroll" }, around)), false
  elseif typst then
    local plain = pandoc.write(pandoc.Pandoc({ pandoc.Para({ math }) }), "typst"):gsub("%s+$", "")
    local block = tostring(math.mathtype == "DisplayMath")
    return raw(
      "#house-equation(block: " .. block .. ", alt: " .. quoted(math.text) .. ", " .. plain .. ".body)"
    )
  end
end

function references.Image(image)
  if not image.src:match("^picture%-%d+%.%a+$") then -- of a figure for a word processor
    fail("an image stands in a paragraph of its own and has a caption", image.src)
  end
end

-- Whether a word begins with a short part and a hyphen, such as t-toets, 95%-marge and
-- ’s-Hertogenbosch: no line ends with that part.
local function led(text)
  local first = text:match("^[^%w]*([^-]+)%-%w")
  return first ~= nil and utf8.len(first) <= 3 and utf8.len(text) <= 30
end

function references.Str(element)
  local text = element.text
  if not text:find("[-{.\u{2018}]") then -- most words; the quotes share their first two bytes
    return nil
  end
  local label = text:match("{#(eq%-[%w_-]+)}")
  if label then
    fail("the label '" .. label .. "' is that of a formula, and these have no numbers", "{#" .. label)
  elseif typst and led(text) then
    return raw("#box(" .. quoted(text) .. ");")
  elseif html and led(text) then
    return pandoc.Span(element, { class = "whole" }), false
  elseif typst and (text:find("...", 1, true) or text:find("%-[%?%d]")
    or text:find("\u{2018}", 1, true) or text:find("\u{2019}", 1, true)) then
    -- Typst reads these as an ellipsis, a hidden hyphen, a minus and, before a word, an opening
    -- quote (’s-Hertogenbosch); the author wrote signs.
    return raw('#"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '";')
  end
end

-- Code as it is, without the colours that Quarto gives it.
function references.Code(code)
  if typst then
    return raw("#house-code(" .. quoted(code.text) .. ");")
  end
end

-- Pandoc would put what a term means in a block of its own.
function numbering.DefinitionList(list)
  if typst then
    return list.content:map(function(item)
      local inlines = pandoc.Inlines({ raw("#terms.item([") })
      inlines:extend(item[1])
      inlines:insert(raw("], ["))
      for _, blocks in ipairs(item[2]) do
        inlines:extend(inlines_of(blocks))
      end
      inlines:insert(raw("])"))
      return pandoc.Plain(inlines)
    end)
  end
end

function numbering.CodeBlock(code)
  code.classes = {}
  return code
end

-- ------------------------------------------------------------------------------------------

-- Variables: Quarto leaves them as it found them, with their values in a file of the project.

local values

local function value_of(name)
  if not values then
    local data = bytes_of(context.root .. "/" .. context.prefix .. "_variables.yml")
    values = data and pandoc.read("---\n" .. data .. "\n---\n", "markdown").meta or {}
  end
  local found = values
  for part in name:gmatch("[^.]+") do
    local kind = utils.type(found)
    found = (kind == "table" or kind == "Meta") and found[part] or nil
  end
  return found
end

local variables = {}

function variables.Span(span)
  if not span.classes:includes("quarto-shortcode__") then
    return nil
  end
  local name = (span.attributes["data-raw"] or ""):match("^{{<%s*var%s+([%w._-]+)%s*>}}$")
  local value = name and value_of(name)
  local kind = utils.type(value)
  if kind == "Inlines" then
    return value
  elseif kind == "Blocks" then
    return inlines_of(value)
  elseif kind == "string" then
    return pandoc.Inlines(value)
  end
  fail("the variable '" .. tostring(name) .. "' has no value in _variables.yml", name)
  return {}
end

-- What the templates print around the text.

local function date_parts(text)
  local day, month, year = text:match("^(%d+) (%S+) (%d+)$")
  local number = 0
  for each in words.months:gmatch("%S+") do
    number = number + 1
    if each == month then
      return year, tostring(number), day
    end
  end
end

-- Texts as an array of typst.
local function array_of(value)
  local listed = utils.type(value) == "List" and value or pandoc.List({ value })
  local texts = listed:map(function(each) return quoted(utils.stringify(each)) .. ", " end)
  return pandoc.MetaInlines({ raw("(" .. table.concat(texts) .. ")") })
end

local function chrome(meta)
  local house = {}
  for _, name in ipairs({ "contents", "skip", "page", "of", "region" }) do
    house[name] = pandoc.MetaInlines({ pandoc.Str(words[name]) })
  end
  local year, month, day = date_parts(utils.stringify(meta.date or ""))
  if typst then
    house.title = pandoc.MetaInlines({ raw(quoted(utils.stringify(meta.title or ""))) })
    house.authors, house.keywords = array_of(meta.author), array_of(meta.keywords)
    house.day = pandoc.MetaInlines({ raw(
      year and ("datetime(year: " .. year .. ", month: " .. month .. ", day: " .. day .. ")")
        or "none"
    ) })
    house["numbered"] = context.number_sections
  elseif year then
    house.day = string.format("%04d-%02d-%02d", year, month, day)
  end
  local function beside(stem, kind)
    local known = context.formats == nil or pandoc.List(context.formats):includes(kind)
    return known and (stem .. "." .. kind) or nil
  end
  -- The same page in the other language, if it is rendered too, and this one as a PDF.
  local stem = html and meta.translation and utils.stringify(meta.translation)
  if stem and bytes_of(context.root .. "/" .. context.prefix .. stem .. ".qmd") then
    house.translation = beside(stem, "html")
    house.other = words.other
    house["other-lang"] = words.other == "English" and "en" or "nl"
  end
  local own = context.stem or (PANDOC_STATE.output_file or ""):match("([^/\\]+)%.%w+$")
  if html and own then
    house.pdf, house.docx = beside(own, "pdf"), beside(own, "docx")
    -- Only evaluatie itself puts the picture of a link beside the page.
    house.card = context.card and (own .. ".png") or nil
  end
  meta.house = house
end

function Pandoc(doc)
  local name = os.getenv("EVALUATIE_CONTEXT")
  if name then
    context = pandoc.json.decode(bytes_of(name), false)
  end
  words = spoken[utils.stringify(doc.meta.lang or "nl"):sub(1, 2)]
  local margin = doc.meta.margin
  context.margin = context.margin or margin and margin.x and utils.stringify(margin.x)
  known_keys = {}
  for _, reference in ipairs(utils.references(doc)) do
    known_keys[reference.id] = true
  end
  if quarto then
    doc = doc:walk(variables)
  end
  doc.blocks = doc.blocks:walk(written):walk(numbering)
  if office then
    doc.blocks = doc.blocks:map(function(block)
      return block.t == "RawBlock" and block.text == contents_mark and office_contents(doc.blocks)
        or block
    end)
  end
  doc.blocks:extend(letters())
  chrome(doc.meta) -- before signs of the title become raw ones
  doc = doc:walk(references)
  if context.has_citations and not context.has_refs then
    local title = pandoc.Header(
      html and 2 or 1, pandoc.Inlines(words.references),
      pandoc.Attr("bibliography", { "unnumbered" })
    )
    doc.blocks:extend({ title, pandoc.Div({}, pandoc.Attr("refs")) })
  end
  if context.errors then -- also when there are none, to show that this ran
    local report = assert(io.open(context.errors, "w"))
    report:write(pandoc.json.encode(errors))
    report:close()
  end
  if #errors > 0 then
    error("\nERROR: " .. table.concat(errors:map(function(each) return each.message end), "; "), 0)
  end
  return doc
end
