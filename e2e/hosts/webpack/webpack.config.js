export default { entry: './main.js', devtool: false }
